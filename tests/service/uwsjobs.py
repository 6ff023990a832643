"""Jobs of all services, as clients have them."""

from __future__ import annotations

import os
import signal

import requests
from lxml import etree

from service.livearchive import wait_until
from service.people import NOBODY

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
CUTS, QUERIES, PACKAGES = "/cta/dl/soda/dlasync", "/tap/async", "/cta/dl/package/async"
#: Where DaCHS keeps those of each service.
TABLES = {CUTS: "dc.datalinkjobs", QUERIES: "tap_schema.tapjobs", PACKAGES: "uws.userjobs"}


class Job:
    """A UWS job of some service, running or about to."""

    def __init__(self, archive, person, service=CUTS, seconds=0, runs=True, uploads=None, **values):
        self.person, self.service = person, service
        created = requests.post(
            f"{archive.url}{service}", data=values, files=uploads, headers=person.headers,
            timeout=30, allow_redirects=False,
        )  # fmt: skip
        assert created.status_code == 303
        self.url = created.headers["location"]
        if seconds:
            self.post("executionduration", EXECUTIONDURATION=seconds)
        if runs:
            self.post("phase", PHASE="RUN")

    @classmethod
    def of_nobody(cls, url):
        """Return a job that is there."""
        job = cls.__new__(cls)
        job.url, job.person = url, NOBODY
        return job

    def send(self, what, **values):
        return requests.post(
            f"{self.url}/{what}", data=values, headers=self.person.headers, timeout=30
        )

    def post(self, what, **values):
        assert self.send(what, **values).ok

    def get(self, url, person=None):
        return requests.get(url, headers=(person or self.person).headers, timeout=30)

    def finished(self):
        return self.phase in ("COMPLETED", "ERROR", "ABORTED")

    @property
    def phase(self):
        """As the service says."""
        return self.get(f"{self.url}/phase").text

    @property
    def name(self):
        """That DaCHS gave it."""
        return self.url.rpartition("/")[2]

    def failure(self):
        """Wait until it has failed; return the message."""
        wait_until(self.finished, 60, "the job ends")
        phase, message, _ = self.outcome()
        assert phase == "ERROR"
        return message

    def delete(self):
        """Delete it; return the answer."""
        return requests.delete(self.url, headers=self.person.headers, timeout=30)

    def process(self, archive):
        """Process that runs it; None where there is none yet."""
        found = archive.sql(
            f"SELECT pid FROM {TABLES[self.service]} WHERE jobid = %s AND phase = 'EXECUTING'"
            " AND starttime IS NOT NULL", (self.name,),
        )  # fmt: skip
        return found[0][0] if found else None

    def outcome(self):
        """Phase, message, and addresses of results by name."""
        root = etree.fromstring(self.get(self.url).content)
        results = {
            result.get("id"): result.get("{http://www.w3.org/1999/xlink}href")
            for result in root.iter(f"{UWS}result")
        }
        return root.findtext(f"{UWS}phase"), root.findtext(f".//{UWS}message"), results

    def held(self, archive):
        """Stop its process if it runs, which then takes as long as the test wants."""
        pid = self.process(archive)
        if pid is not None:
            os.kill(pid, signal.SIGSTOP)
        return pid is not None

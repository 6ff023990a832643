<resource schema="cta" resdir="cta">
  <!-- What /tap/examples shows (DALI 1.1, section 2.3). The tests run every query as it is
  served. To make sense in any archive, they begin with the Crab Nebula where they need a
  source, and choose single runs by a subquery. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Examples of TAP queries for Cherenkov telescopes</meta>
  <meta name="description">Examples that a server's userconfig.rd feeds into its TAP service.
    Nothing of this resource is in the database.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <STREAM id="tapexamples">
    <doc>For the stream of the same name in a server's userconfig.rd, by way of cta/ext.</doc>

    <meta name="_example" title="Observations that see a source">
      Cherenkov telescopes seldom point at their source: in wobble mode it is half a degree or
      more away from ``s_ra``, ``s_dec``. So ask in :taptable:`cta.vo_obscore` whether the source
      is within the field of view ``s_region``, not whether the pointing is within a cone. A
      source far from ``offset_deg`` = 0 is seen with a lower sensitivity.

      .. tapquery::

        SELECT obs_collection, obs_id, target_name, t_exptime, data_rights,
          DISTANCE(POINT('ICRS', s_ra, s_dec), POINT('ICRS', 83.6331, 22.0145)) AS offset_deg
        FROM cta.vo_obscore
        WHERE 1 = CONTAINS(POINT('ICRS', 83.6331, 22.0145), s_region)
        ORDER BY offset_deg
    </meta>

    <meta name="_example" title="Observations of one night">
      ``t_min`` and ``t_max`` are MJD in TT, which has been ahead of UTC by 69.184 s since 2017.
      For whole nights this does not matter; ``gavo_to_mjd`` then makes an MJD of a date. The
      limits are noons in UTC, so that a night of European or American longitude is in one piece.

      .. tapquery::

        SELECT obs_collection, obs_id, target_name, t_min, t_max, t_exptime
        FROM cta.vo_obscore
        WHERE t_min BETWEEN gavo_to_mjd('2025-11-19T12:00:00') AND gavo_to_mjd('2025-11-20T12:00:00')
        ORDER BY t_min
    </meta>

    <meta name="_example" title="Observations whose range reaches above 10 TeV">
      Energies are in eV: ``1e13`` is 10 TeV. ``energy_min`` and ``energy_max`` limit the range in
      which the instrument's responses are trusted, which is wider than where there are many
      events. The same range is in ObsCore's ``em_min`` and ``em_max``, as wavelengths in m and so
      in reverse.

      .. tapquery::

        SELECT obs_collection, obs_id, target_name, t_exptime,
          energy_min / 1e12 AS tev_min, energy_max / 1e12 AS tev_max
        FROM cta.vo_obscore
        WHERE energy_max > 1e13
        ORDER BY energy_max DESC
    </meta>

    <meta name="_example" title="Observations at large zenith angles">
      How the telescopes were set up is in :taptable:`cta.obs_config`, with the zenith angle as the
      mean over the run. Low over the horizon, showers are seen through more air: the threshold
      rises, the effective area at high energies grows. An event list has one row in each of both
      tables, with the same collection, run and event type; the last is NULL in
      :taptable:`cta.vo_obscore` and empty in the other tables for runs with a single event list.

      .. tapquery::

        SELECT o.obs_collection, o.obs_id, o.target_name, c.zen_pnt, c.az_pnt, c.n_telescopes,
          o.energy_min / 1e12 AS tev_min
        FROM cta.vo_obscore AS o
        JOIN cta.obs_config AS c ON c.obs_collection = o.obs_collection AND c.obs_id = o.obs_id
          AND c.event_type = COALESCE(o.event_type, '')
        WHERE c.zen_pnt > 35
        ORDER BY c.zen_pnt DESC
    </meta>

    <meta name="_example" title="Observations simultaneous with an interval">
      ``t_min`` and ``t_max`` span pauses, in which nothing was recorded. What was recorded is in
      :taptable:`cta.gti`, as good time intervals. EXISTS finds the runs with at least one that
      overlaps the given interval, here 01:30 to 02:30 UTC; seconds count now, so 69.184 s lead
      from UTC to TT.

      .. tapquery::

        SELECT obs_collection, obs_id, target_name, t_min, t_max
        FROM cta.vo_obscore AS o
        WHERE EXISTS (
          SELECT 1 FROM cta.gti AS g
          WHERE g.obs_publisher_did = o.obs_publisher_did
            AND g.t_start &lt; gavo_to_mjd('2025-11-20T02:30:00') + 69.184 / 86400
            AND g.t_stop > gavo_to_mjd('2025-11-20T01:30:00') + 69.184 / 86400)
        ORDER BY t_min
    </meta>

    <meta name="_example" title="What there is from each site">
      ``site`` leads from the observations to :taptable:`cta.site`, where the geodetic position of
      the telescopes is (WGS84). Add ``WHERE s.site_lat &lt; 0`` for the southern hemisphere.
      Livetimes are in s; the numbers of hours here are for all targets together.

      .. tapquery::

        SELECT s.site, s.site_lon, s.site_lat, s.site_alt,
          COUNT(*) AS runs, SUM(o.t_exptime) / 3600 AS hours, MIN(o.t_min) AS mjd_first
        FROM cta.vo_obscore AS o JOIN cta.site AS s ON s.site = o.site
        GROUP BY s.site, s.site_lon, s.site_lat, s.site_alt
        ORDER BY hours DESC
    </meta>

    <meta name="_example" title="Versions of the reconstruction">
      Event lists that different versions of the software made should not be analysed together
      without thought. This counts runs by calibration, reconstruction and cuts; NULL means that
      the files do not say. Then select with ``reco_version = '...'``.

      .. tapquery::

        SELECT obs_collection, calib_version, reco_version, reco_method, applied_cuts,
          COUNT(*) AS runs, SUM(t_exptime) / 3600 AS hours
        FROM cta.vo_obscore
        GROUP BY obs_collection, calib_version, reco_version, reco_method, applied_cuts
        ORDER BY obs_collection, reco_version
    </meta>

    <meta name="_example" title="Only what you can fetch now">
      Proprietary observations are in the tables, but their files are closed. ``data_rights`` says
      what holds in this moment: a run turns ``public`` at its ``obs_release_date`` (UTC) by
      itself. ``access_url`` leads to a DataLink document with the files; pyvo follows it if
      ``access_format`` is in the result too.

      .. tapquery::

        SELECT obs_collection, obs_id, target_name, obs_release_date, access_url, access_format
        FROM cta.vo_obscore
        WHERE data_rights = 'public'
          AND 1 = CONTAINS(POINT('ICRS', 83.6331, 22.0145), s_region)
        ORDER BY obs_id
    </meta>

    <meta name="_example" title="Point spread functions of the runs that see a source">
      :taptable:`datalink.response` has the files of each event list as rows, so that one query
      finds runs and files. ``semantics`` and ``content_qualifier`` choose among them: take ``#this``
      for the events, ``#calibration`` with ``aeff``, ``edisp``, ``psf`` or ``bkgrate`` for
      responses, ``#package`` for all in one file. While ``link_auth`` is ``true``, the file is for
      those only who may sign in.

      .. tapquery::

        SELECT o.obs_collection, o.obs_id, o.target_name, d.access_url, d.content_type, d.link_auth
        FROM ivoa.obscore AS o JOIN datalink.response AS d ON d.id = o.obs_publisher_did
        WHERE 1 = CONTAINS(POINT('ICRS', 83.6331, 22.0145), o.s_region)
          AND d.semantics = '#calibration' AND d.content_qualifier = 'psf'
        ORDER BY o.obs_collection, o.obs_id
    </meta>

    <meta name="_example" title="Targets with the largest exposure">
      Sums the livetime of all runs that were taken for a target, and how much of it everybody may
      fetch. A source also is in runs that were taken for its neighbours: add those up with the
      first example, by position.

      .. tapquery::

        SELECT TOP 50 target_name, COUNT(*) AS runs, SUM(t_exptime) / 3600 AS hours,
          SUM(CASE WHEN data_rights = 'public' THEN t_exptime ELSE 0 END) / 3600 AS hours_public,
          MIN(energy_min) / 1e12 AS tev_min
        FROM cta.vo_obscore
        WHERE target_name IS NOT NULL
        GROUP BY target_name
        ORDER BY hours DESC
    </meta>

    <meta name="_example" title="Off runs near a position">
      Runs on empty fields serve to model the background. Here a cone on the pointing is right: the
      whole field counts, not a source in it. Modes and names differ between observatories, so both
      are asked; ``ivo_nocasematch`` does not mind upper and lower case. For a good match compare
      zenith angles too.

      .. tapquery::

        SELECT o.obs_collection, o.obs_id, o.target_name, o.obs_mode, o.s_ra, o.s_dec,
          c.zen_pnt, o.t_exptime
        FROM cta.vo_obscore AS o
        JOIN cta.obs_config AS c ON c.obs_collection = o.obs_collection AND c.obs_id = o.obs_id
          AND c.event_type = COALESCE(o.event_type, '')
        WHERE 1 = CONTAINS(POINT('ICRS', o.s_ra, o.s_dec), CIRCLE('ICRS', 152, 32, 15))
          AND (o.obs_mode = 'off' OR 1 = ivo_nocasematch(o.target_name, '%off%'))
        ORDER BY c.zen_pnt
    </meta>

    <meta name="_example" title="Observations of a list of sources">
      Upload a table named ``sources`` with columns ``name``, ``ra`` and ``dec`` (ICRS, deg): in
      TOPCAT a loaded table is ``TAP_UPLOAD.t1``, in pyvo give ``uploads={"sources": table}``. Each
      source gets a row for each run that has it in its field; sources without any are left out.

      .. tapquery::

        SELECT s.name, o.obs_collection, o.obs_id, o.t_exptime, o.data_rights,
          DISTANCE(POINT('ICRS', o.s_ra, o.s_dec), POINT('ICRS', s.ra, s.dec)) AS offset_deg
        FROM TAP_UPLOAD.sources AS s
        JOIN cta.vo_obscore AS o ON 1 = CONTAINS(POINT('ICRS', s.ra, s.dec), o.s_region)
        ORDER BY s.name, offset_deg
    </meta>

    <meta name="_example" title="High-energy data of all observatories">
      :taptable:`ivoa.obscore` has what observatories of all wavelengths say in the same words, and
      :taptable:`ivoa.obscore_hea` adds what lists of events need: their number, energies in eV,
      how the telescopes moved. NATURAL JOIN takes the columns together that both have, so each
      dataset is one row. Queries like this one work at other archives too.

      .. tapquery::

        SELECT obs_collection, obs_id, instrument_name, target_name, t_exptime, ev_xel,
          energy_min / 1e12 AS tev_min, energy_max / 1e12 AS tev_max, scan_mode, obs_mode
        FROM ivoa.obscore NATURAL JOIN ivoa.obscore_hea
        WHERE energy_min &lt; 1e12 AND energy_max > 1e12
          AND 1 = CONTAINS(POINT('ICRS', 83.6331, 22.0145), s_region)
        ORDER BY ev_xel DESC
    </meta>

    <meta name="_example" title="An observation table for gammapy">
      These are the columns of an observation index in the GADF format, as gammapy reads it, with
      the DataLink document of each run. ``tstart`` and ``tstop`` are seconds in TT after
      2001-01-01 00:00:00 UTC, so the table's header needs ``MJDREFI = 51910`` and
      ``MJDREFF = 7.428703703703703E-4``. Positions are those of the pointing, not of the target.

      .. tapquery::

        SELECT o.obs_id, o.target_name AS object, c.obs_mode, c.ra_pnt, c.dec_pnt, c.alt_pnt,
          c.az_pnt, c.zen_pnt, v.ontime, v.livetime, v.deadc,
          (v.t_start - 51910.0007428703703703) * 86400 AS tstart,
          (v.t_stop - 51910.0007428703703703) * 86400 AS tstop,
          o.ev_xel AS event_count, c.n_telescopes AS n_tels, o.access_url, o.access_format
        FROM cta.vo_obscore AS o
        JOIN cta.observation AS v ON v.obs_publisher_did = o.obs_publisher_did
        JOIN cta.obs_config AS c ON c.obs_collection = v.obs_collection AND c.obs_id = v.obs_id
          AND c.event_type = v.event_type
        WHERE o.data_rights = 'public'
          AND 1 = CONTAINS(POINT('ICRS', 83.6331, 22.0145), o.s_region)
        ORDER BY tstart
    </meta>

    <meta name="_example" title="Provenance of a run">
      Who made an event list, with which software and under which terms: ``prov_json`` is the last
      step in PROV-JSON, with the checksums of what went in and came out. What had to be assumed to
      read the file is in :taptable:`cta.assumption`. The subquery takes one run on a target;
      put the ``obs_publisher_did`` of yours in its place.

      .. tapquery::

        SELECT v.obs_collection, v.obs_id, v.observer, v.created, v.data_format, v.path,
          p.calib_version, p.reco_version, p.reco_method, p.applied_cuts,
          l.creator, l.licence, l.terms_of_use, r.prov_json
        FROM cta.observation AS v
        JOIN cta.processing AS p ON p.processing_id = v.processing_id
        JOIN cta.collection AS l ON l.obs_collection = v.obs_collection
        JOIN cta.provenance AS r ON r.obs_publisher_did = v.obs_publisher_did
        WHERE v.obs_publisher_did IN (
          SELECT MIN(o.obs_publisher_did) FROM cta.observation AS o
          WHERE o.target_name = 'Crab Nebula')
    </meta>

    <meta name="_example" title="Products of a run with sizes and checksums">
      :taptable:`cta.product` has what a run consists of: ``package`` is the file as it is
      delivered, the others are HDUs in it or in a file of responses that several runs share.
      ``content_length`` is in bytes; for HDUs it and ``sha256`` are those of the uncompressed HDU.
      An ``obs_id`` is unique within its collection only; put those of your run in their places.

      .. tapquery::

        SELECT p.obs_collection, p.obs_id, p.kind, p.hdu, p.hdu_class, p.content_length, p.sha256,
          p.path
        FROM cta.product AS p
        JOIN cta.product AS e USING (obs_collection, obs_id, event_type)
        WHERE e.obs_publisher_did IN (
          SELECT MIN(o.obs_publisher_did) FROM cta.observation AS o
          WHERE o.target_name = 'Crab Nebula')
        ORDER BY p.hdu_number
    </meta>
  </STREAM>
</resource>

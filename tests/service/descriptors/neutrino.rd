<resource schema="neutrino" resdir="neutrino">
  <!-- What somebody else on the server may write who uses cta/hea: event lists of a neutrino
  telescope with keys of their own, one of them with nothing known about it. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Neutrinos</meta>
  <meta name="description">Invented event lists of a neutrino telescope.</meta>
  <meta name="subject">neutrino-astronomy</meta>

  <table id="lists" onDisk="True" adql="True" primary="did">
    <mixin
      dataproduct_type="'event'"
      obs_collection="'NEUTRINO-DR1'"
      obs_id="period"
      obs_publisher_did="did"
      access_url="'http://localhost/' || period"
      access_format="'application/fits'"
      access_estsize="1"
      preview="NULL"
      obs_mode="mode"
      data_rights="'public'">//obscore#publish</mixin>
    <mixin
      ev_xel="events"
      energy_min="events*1e9"
      event_type="quality"
      messenger_name="CASE WHEN events IS NULL THEN NULL ELSE 'neutrino' END"
      >cta/hea#publish</mixin>
    <column name="did" type="text" ucd="meta.ref.ivoid" required="True"
      description="Identifier of the event list"/>
    <column name="period" type="text" ucd="meta.id;obs" required="True"
      description="Period of data taking"/>
    <column name="mode" type="text" ucd="meta.code;obs.param"
      description="Trigger mode"/>
    <column name="events" type="bigint" ucd="meta.number"
      description="Number of events"><values nullLiteral="-1"/></column>
    <column name="quality" type="text" ucd="meta.code.qual"
      description="Quality of the tracks"/>
  </table>

  <data id="import">
    <sources items="all"/>
    <embeddedGrammar>
      <iterator>
        <code>
          for period, mode, events, quality in (
              ("2020", "all-sky", 120, "track"), ("2021", "burst", 7, "cascade"),
              ("2022", None, None, None)):
            yield {"did": "ivo://example/~?" + period, "period": period, "mode": mode,
              "events": events, "quality": quality}
        </code>
      </iterator>
    </embeddedGrammar>
    <make table="lists"/>
  </data>
</resource>

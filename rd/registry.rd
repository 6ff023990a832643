<resource schema="cta_registry" resdir="cta">
  <!-- What the Registry is told: records of the archive, of its ObsCore table and of each
  collection, all served by TAP. `bin/cta publish` measures what the collections cover, writes
  it to the tables here and publishes. They have a schema of their own: DaCHS gives all tables
  of a schema the rights of those that it made last. A service is added to the Registry by a <publish> of its
  own in cta/q, an extension table of ObsCore by a record of its own, like "obscore_hea": in a
  record each schema may stand only once, and tables of another RD would repeat it. -->
  <meta name="creationDate">\metaString{authority.creationDate}{2026-11-22T12:00:00Z}</meta>
  <meta name="title">Cherenkov-telescope observations</meta>
  <meta name="description">Event lists and instrument responses (data level 3) of
    ground-based gamma-ray telescopes: what was observed, when, how good it is,
    and where to get it.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>
  <meta name="subject">high-energy-astrophysics</meta>
  <meta name="contentLevel">Research</meta>

  <table id="registered" onDisk="True" primary="obs_collection">
    <meta name="description">Collections that have a record in the Registry.</meta>
    <column name="obs_collection" type="text" ucd="meta.id" required="True"
      description="Name of the collection; empty for the whole archive, /ivoa.obscore for what
        that table has"/>
    <column name="created" type="timestamp" ucd="time.creation" required="True"
      description="When the record was first published (UTC)"/>
    <column name="coverage" type="text" ucd="meta.note" required="True"
      description="What the collection covers, as JSON: MOC, MJD in TT, Joule, instruments"/>
  </table>

  <table id="record_digest" onDisk="True" primary="ivoid">
    <meta name="description">Records as they were last published, so that what has not changed
      keeps its date.</meta>
    <column name="ivoid" type="text" ucd="meta.ref.ivoid" required="True"
      description="Identifier of the record"/>
    <column name="digest" type="text" ucd="meta.code" required="True"
      description="SHA-256 of the record without its dates of change"/>
  </table>

  <data id="tables" updating="True">
    <nullGrammar/>
    <make table="registered"/>
    <make table="record_digest"/>
  </data>

  <STREAM id="by-tap">
    <doc>What makes a record that of data which TAP serves.</doc>
    <meta name="resType">ctaResource</meta>
    <publish render="dali" service="//tap#run" auxiliary="True" sets="ivo_managed"/>
  </STREAM>

  <STREAM id="of-archive">
    <doc>Coverage, instruments and creators of the whole archive.</doc>
    <LOOP>
      <codeItems>
        from iact.dachs import records
        yield from records.whole()
      </codeItems>
      <events><meta>\meta</meta></events>
    </LOOP>
  </STREAM>

  <STREAM id="of-obscore">
    <doc>The same for what is in ivoa.obscore, where simulations may be missing.</doc>
    <LOOP>
      <codeItems>
        from iact.dachs import records
        yield from records.obscore()
      </codeItems>
      <events><meta>\meta</meta></events>
    </LOOP>
    <meta name="type">Archive</meta>
    <meta name="rights">The collections have licences and terms of their own: see the table
      cta.collection.</meta>
  </STREAM>

  <resRec id="archive">
    <FEED source="by-tap"/>
    <FEED source="of-archive"/>
    <meta name="identifier">ivo://\getConfig{ivoa}{authority}/cta</meta>
    <meta name="title">\metaString{authority.title}{Cherenkov-telescope observations}</meta>
    <meta name="description">\metaString{site.description}{An archive of Cherenkov telescopes.}
      All tables of the archive: event lists in the columns of ObsCore, observations with their
      good time intervals, products, configurations and provenance.</meta>
    <meta name="type">Archive</meta>
    <meta name="referenceURL">\internallink{tableinfo/cta.vo_obscore}</meta>
    <meta name="rights">The collections have licences and terms of their own: see the table
      cta.collection.</meta>
    <LOOP>
      <codeItems>
        from iact.dachs import records
        yield from records.public_tables("cta/q")
      </codeItems>
      <events><meta name="_table">\item</meta></events>
    </LOOP>
  </resRec>

  <!-- What identifiers of datasets, ivo://AUTHORITY/~?..., lead to. -->
  <LOOP>
    <codeItems>
      from iact.dachs import records
      yield from records.unclaimed("~")
    </codeItems>
    <events>
      <resRec id="datasets">
        <FEED source="of-archive"/>
        <meta name="resType">nonTabularService</meta>
        <meta name="identifier">\identifier</meta>
        <meta name="title">\getConfig{web}{sitename} datasets</meta>
        <meta name="description">Links to the files of each dataset of the archive, by its
          publisher's identifier.</meta>
        <meta name="type">Archive</meta>
        <meta name="referenceURL">\internallink{tableinfo/cta.vo_obscore}</meta>
        <publish render="dlmeta" service="cta/dl#links" sets="ivo_managed"/>
      </resRec>
    </events>
  </LOOP>

  <resRec id="obscore">
    <FEED source="by-tap"/>
    <FEED source="of-obscore"/>
    <meta name="identifier">ivo://\getConfig{ivoa}{authority}/obscore</meta>
    <meta name="title">\getConfig{web}{sitename} ObsCore table</meta>
    <meta name="description">Datasets of Cherenkov telescopes in the table ivoa.obscore of
      ObsCore 1.1, with extended columns.</meta>
    <meta name="referenceURL">\internallink{tableinfo/ivoa.obscore}</meta>
    <meta name="_table">//obscore#ObsCore</meta>
  </resRec>

  <resRec id="obscore_hea">
    <FEED source="by-tap"/>
    <FEED source="of-obscore"/>
    <meta name="identifier">ivo://\getConfig{ivoa}{authority}/obscore_hea</meta>
    <meta name="title">\getConfig{web}{sitename} high-energy extension of ObsCore</meta>
    <meta name="description">What the high-energy extension adds to the rows of ivoa.obscore:
      numbers of events, energies, good times, modes and messengers.</meta>
    <meta name="referenceURL">\internallink{tableinfo/ivoa.obscore_hea}</meta>
    <meta name="_table">cta/hea#obscore_hea</meta>
  </resRec>

  <LOOP>
    <codeItems>
      from iact.dachs import records
      yield from records.collections()
      records.complete(context)
    </codeItems>
    <events>
      <resRec id="\id">
        <FEED source="by-tap"/>
        <meta>\meta</meta>
      </resRec>
    </events>
  </LOOP>
</resource>

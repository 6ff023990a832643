<resource schema="ivoa" resdir="cta">
  <!-- Columns of the high-energy extension of ObsCore, from the IVOA note
  "Roadmap to IVOA ObsCore Extension and Discovery of High Energy Astrophysics
  Data" 1.0 (proposed endorsed note, 2026-08-03), table of section 3. The note
  gives no utypes. UCDs are the note's, but for two words that are proposed and
  not in the UCD list: instr.detection is left out (ev_xel, event_type), and
  meta.ref.pdgid is written meta.id (messenger_pdgid). For t_intervals the note
  has none yet. -->
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">High-energy extension of ObsCore</meta>
  <!-- TAP shows this as the description of the schema ivoa. -->
  <meta name="description">Tables of IVOA data models: ObsCore, and its extension
    for high-energy astrophysics.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>
  <meta name="subject">high-energy-astrophysics</meta>

  <STREAM id="hea-columns">
    <doc>The high-energy columns, for use inside a table. obs_mode, which the
    note lists too, is an extended column of ObsCore (cta/ext).</doc>
    <column name="ev_xel" type="bigint" ucd="meta.number;phys.particle"
      verbLevel="10" tablehead="Events"
      description="Number of events in the event list">
      <values nullLiteral="-1"/>
    </column>
    <column name="s_ref_energy" type="double precision" unit="eV"
      ucd="meta.ref;em.energy;pos" verbLevel="25" tablehead="Ref. energy (space)"
      description="Energy at which s_fov, s_region and s_resolution hold; NULL where
        there is no point spread function"/>
    <column name="em_ref_energy" type="double precision" unit="eV"
      ucd="meta.ref;em.energy;em" verbLevel="25" tablehead="Ref. energy (spectral)"
      description="Energy at which em_res_power holds"/>
    <column name="s_ref_oaa" type="double precision" unit="deg"
      ucd="pos.posAng;instr.offset;pos" verbLevel="25" tablehead="Ref. offset (space)"
      description="Off-axis angle at which s_resolution holds"/>
    <column name="em_ref_oaa" type="double precision" unit="deg"
      ucd="pos.posAng;instr.offset;em" verbLevel="25" tablehead="Ref. offset (spectral)"
      description="Off-axis angle at which em_res_power holds"/>
    <column name="t_intervals" type="text" ucd="time.interval;obs"
      verbLevel="25" tablehead="Intervals"
      description="Time MOC (MOC 2.0, ASCII, TCB) that covers the good time intervals, in
        cells of 1.05 s, or longer ones where there are many intervals. Times are those of
        the light's arrival at the telescopes, not at the barycentre. cta.gti has the
        intervals themselves."/>
    <column name="energy_min" type="double precision" unit="eV"
      ucd="em.energy;stat.min" verbLevel="10" tablehead="E_min"
      description="Lowest energy of the dataset; corresponds to em_max"/>
    <column name="energy_max" type="double precision" unit="eV"
      ucd="em.energy;stat.max" verbLevel="10" tablehead="E_max"
      description="Highest energy of the dataset; corresponds to em_min"/>
    <column name="tracking_mode" type="text" ucd="meta.code;obs.param"
      verbLevel="15" tablehead="Tracking"
      description="How the telescopes followed the sky: sidereal, fixed-az-el-transit,
        solar-system-object-tracking or none"/>
    <column name="scan_mode" type="text" ucd="meta.code;obs.param"
      verbLevel="15" tablehead="Scan mode"
      description="Pattern of pointings: on-source, on-off, raster-map, on-the-fly-cross-scan,
        on-the-fly-cross-map (wobble), slew"/>
    <column name="pointing_mode" type="text" ucd="meta.code;obs.param"
      verbLevel="15" tablehead="Pointing mode"
      description="Relative pointing of the telescopes: parallel, convergent or divergent,
        with the angle where it is known; NULL where nothing points"/>
    <column name="analysis_mode" type="text" ucd="meta.code;obs.param"
      verbLevel="15" tablehead="Analysis"
      description="Reduction that made the event list: method and event class"/>
    <column name="event_type" type="text" ucd="meta.code.qual;phys.particle"
      verbLevel="15" tablehead="Event type"
      description="Label of the event list where an observation is split into disjoint lists
        with responses of their own; NULL where it is not"/>
    <column name="messenger_name" type="text" ucd="meta.id;phys.particle"
      verbLevel="15" tablehead="Messenger"
      description="Particle the events are taken for: photon, neutrino, muon, proton, cosmic-ray"/>
    <column name="messenger_pdgid" type="text" ucd="meta.id;phys.particle"
      verbLevel="25" tablehead="PDG id"
      description="The particle's number in the scheme of the Particle Data Group, with its sign"/>
  </STREAM>

  <table id="hea">
    <!-- Never made: other tables take single columns from here by reference. -->
    <FEED source="hea-columns"/>
  </table>

  <table id="obscore_hea" onDisk="True" adql="True" system="True">
    <meta name="title">ObsCore's extension for high-energy astrophysics</meta>
    <meta name="description">What ivoa.obscore cannot say about data that are lists of
      events. Use it with ivoa.obscore: SELECT ... FROM ivoa.obscore NATURAL JOIN
      ivoa.obscore_hea. Energies are eV. Datasets without such data have no row here.</meta>
    <meta name="utype">\metaString{obscore_hea.utype}{ivo://ivoa.net/std/obscore#hea-ext-1.0}</meta>
    <!-- The two columns that ivoa.obscore has too: both are never NULL and always equal. -->
    <column original="//obscore#ObsCore.obs_publisher_did"/>
    <column original="cta/ext#extension.obs_mode"/>
    <FEED source="hea-columns"/>
    <LOOP>
      <codeItems>
        yield {"nulls": ", ".join("CAST(NULL AS %s) AS %s" % (column.type, column.name)
          for column in context.getById("hea"))}
      </codeItems>
      <events>
        <!-- While no table contributes; else iact.dachs.hea makes it. -->
        <viewStatement>
          CREATE VIEW \\qName AS (SELECT CAST(NULL AS text) AS obs_publisher_did,
            CAST(NULL AS text) AS obs_mode, \nulls WHERE false)
        </viewStatement>
      </events>
    </LOOP>
  </table>

  <table id="_obscore_hea_sources" onDisk="True" system="True"
      dupePolicy="overwrite" primary="table_name">
    <meta name="description">The queries that ivoa.obscore_hea is the union of, one for
      each table that mixes in cta/hea#publish. Imports maintain it.</meta>
    <column name="table_name" type="text"
      description="The table that contributes, with its schema"/>
    <column name="sql_fragment" type="text" description="The query"/>
    <column name="sourcerd" type="text" description="Resource descriptor of the table"/>
  </table>

  <data id="make" updating="True">
    <make table="_obscore_hea_sources"/>
    <make table="obscore_hea">
      <script name="create obscore_hea" type="postCreation" lang="python">
        from iact.dachs import hea
        hea.renew(table.connection)
      </script>
    </make>
  </data>

  <data id="refresh" updating="True" auto="False">
    <!-- After a change of columns, or where the view is gone: `dachs imp cta/hea refresh` -->
    <sources items="all"/>
    <nullGrammar/>
    <make table="_obscore_hea_sources">
      <script name="renew obscore_hea" type="newSource" lang="python">
        from iact.dachs import hea
        hea.refresh(table.connection)
      </script>
    </make>
  </data>

  <STREAM id="contribution">
    <doc>What makes a table contribute to ivoa.obscore_hea.</doc>
    <LOOP>
      <codeItems>
        yield {"clause": ", ".join(r"CAST(\%s AS %s) AS %s" % (column.name, column.type, column.name)
          for column in context.getById("hea"))}
      </codeItems>
      <events>
        <property name="obscoreHeaClause">\clause</property>
      </events>
    </LOOP>
    <script name="contribute to obscore_hea" type="afterMeta" lang="python">
      from iact.dachs import hea
      hea.contribute(table)
    </script>
    <script name="renew obscore_hea" type="postCreation" lang="python">
      from iact.dachs import hea
      hea.renew(table.connection)
    </script>
    <script name="withdraw from obscore_hea" type="beforeDrop" lang="python">
      from iact.dachs import hea
      hea.withdraw(table)
    </script>
  </STREAM>

  <mixinDef id="publish">
    <doc>Publishes a table in ivoa.obscore_hea. The table must be in ivoa.obscore too,
      by one of //obscore's mixins: that says what obs_publisher_did and obs_mode are.
      Parameters are SQL expressions over the table's columns, NULL where they are
      not given. `dachs imp cta/hea` must have run before.</doc>
    <LOOP>
      <codeItems>
        for column in context.getById("hea"):
          yield {"name": column.name, "description": column.description}
      </codeItems>
      <events>
        <mixinPar name="\name" description="\description">NULL</mixinPar>
      </events>
    </LOOP>
    <events><FEED source="contribution"/></events>
  </mixinDef>

  <mixinDef id="publishHeaLike">
    <doc>Publishes a table in ivoa.obscore_hea as publish does, and takes each column
      from the table's column of the same name.</doc>
    <LOOP>
      <codeItems>
        for column in context.getById("hea"):
          yield {"name": column.name, "description": column.description}
      </codeItems>
      <events>
        <mixinPar name="\name" description="\description">\name</mixinPar>
      </events>
    </LOOP>
    <events><FEED source="contribution"/></events>
  </mixinDef>
</resource>

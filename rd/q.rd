<resource schema="cta" resdir="cta">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Cherenkov-telescope observations</meta>
  <meta name="description">Event lists and instrument responses (data level 3) of
    ground-based gamma-ray telescopes: what was observed, when, how good it is,
    and where to get it. Every observation is also in ivoa.obscore.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>
  <meta name="subject">surveys</meta>
  <meta name="instrument">Imaging atmospheric Cherenkov telescopes</meta>
  <meta name="contentLevel">Research</meta>
  <meta name="type">Archive</meta>
  <meta name="coverage.waveband">Gamma-ray</meta>
  <meta name="schema-rank">10</meta>
  <!-- Filled by `bin/cta publish`. -->
  <coverage/>
  <meta name="_related" title="Sky coverage (MOC)">\internallink{coverage/moc.fits}</meta>

  <FEED source="cta/views#macros"/>
  <FEED source="cta/tables#names"/>
  <FEED source="cta/tables#observations"/>
  <FEED source="cta/tables#bookkeeping"/>

  <STREAM id="stored-obscore">
    <doc>ObsCore columns that differ from row to row.</doc>
    <LOOP listItems="calib_level obs_collection obs_id obs_publisher_did access_estsize
        target_name facility_name instrument_name">
      <events><column original="//obscore#ObsCore.\item"/></events>
    </LOOP>
    <!-- What ObsCore leaves open is said here. -->
    <column original="//obscore#ObsCore.obs_title"
      description="Title of the dataset: facility, observation and target"/>
    <column original="//obscore#ObsCore.s_ra"
      description="Right ascension of the pointing (not of the target), ICRS"/>
    <column original="//obscore#ObsCore.s_dec"
      description="Declination of the pointing (not of the target), ICRS"/>
    <column original="//obscore#ObsCore.s_fov"
      description="Diameter of the field of view"/>
    <column original="//obscore#ObsCore.s_region"
      description="Field of view, ICRS: the polygon of 8 vertices around the circle of diameter
        s_fov, so that no point of the circle is missed"/>
    <column original="//obscore#ObsCore.s_resolution"
      description="FWHM of the point spread function at the energy s_ref_energy and the
        off-axis angle s_ref_oaa"/>
    <column original="//obscore#ObsCore.t_min"
      description="Start of the first good time interval, MJD in TT"/>
    <column original="//obscore#ObsCore.t_max"
      description="End of the last good time interval, MJD in TT"/>
    <column original="//obscore#ObsCore.t_exptime"
      description="Livetime: good time without the dead time; the ontime where that is not known"/>
    <column original="//obscore#ObsCore.em_min"
      description="Wavelength of the highest usable energy, energy_max"/>
    <column original="//obscore#ObsCore.em_max"
      description="Wavelength of the lowest usable energy, energy_min"/>
    <column original="//obscore#ObsCore.em_res_power"
      description="Energy resolution as E/sigma: 1/sigma68 of the energy dispersion at
        em_ref_energy and em_ref_oaa"/>
  </STREAM>

  <STREAM id="computed-obscore">
    <doc>ObsCore columns that cta.vo_obscore computes or that are the same for
      all event lists.</doc>
    <LOOP listItems="dataproduct_type dataproduct_subtype access_url access_format
        obs_creator_did target_class t_resolution o_ucd pol_states
        s_xel1 s_xel2 t_xel em_xel pol_xel s_pixel_scale em_ucd preview source_table">
      <events><column original="//obscore#ObsCore.\item"/></events>
    </LOOP>
  </STREAM>

  <STREAM id="discovery-columns">
    <doc>What clients of CTAO ask a flat table for, by their names, whether there is
      anything to tell or not.</doc>
    <column original="cta/hea#hea.tracking_mode" name="tracking_type"
      description="The same as tracking_mode, for clients that ask by this name"/>
    <column name="moon_level" type="text" ucd="meta.code;obs.atmos" verbLevel="15"
      tablehead="Moon"
      description="Class of moonlight that the data were taken in; NULL where it is not known"/>
    <column name="sky_brightness" type="text" ucd="meta.code;obs.atmos" verbLevel="15"
      tablehead="Sky"
      description="Class of brightness of the night sky; NULL where it is not known"/>
    <column original="proposal.proposal_type"/>
    <column original="proposal.proposal_title"/>
    <column original="proposal.proposal_contact"/>
  </STREAM>

  <table id="obscore_row" onDisk="True" primary="obs_publisher_did">
    <meta name="description">What cta.vo_obscore is computed from: one row for each
      dataset, with the rule for its rights.</meta>
    <FEED source="stored-obscore"/>
    <FEED source="cta/ext#extended-columns"/>
    <FEED source="cta/hea#hea-columns"/>
    <column name="rights_group" type="text" ucd="meta.id"
      description="Group whose members may fetch the data before its release; NULL where
        there is none"/>
    <column name="hidden_until" type="timestamp" ucd="time.release"
      description="Date until which no user learns of the dataset (UTC); NULL where it is not
        hidden. Rows that are hidden lie in the child cta.obscore_hidden, simulated ones in
        cta.obscore_simulated; see visibility.py and simulations.py in res/iact/archive"/>
    <!-- This form makes a true q3c index that ADQL uses;
      kind="q3c" columns="..." would make a plain b-tree. -->
    <index name="pos" kind="q3c"><columns>s_ra,s_dec</columns>q3c_ang2ipix(s_ra,s_dec)</index>
    <index name="region" method="GIST" columns="s_region"/>
    <index columns="obs_collection,obs_id"/>
    <index columns="obs_id"/>
    <index columns="target_name"/>
    <index columns="t_min"/>
    <index columns="t_max"/>
    <index columns="em_min"/>
    <index columns="em_max"/>
    <!-- ivoa.obscore casts these to real -->
    <index name="eminr" columns="em_min">(CAST(em_min AS real))</index>
    <index name="emaxr" columns="em_max">(CAST(em_max AS real))</index>
    <foreignKey source="obs_collection,obs_id,event_type" inTable="observation"/>
    <script type="postCreation" lang="python" name="completing what hides rows">
      from iact.archive import simulations, visibility
      with table.connection.cursor() as cursor:
        simulations.ensure(cursor)
        visibility.ensure(cursor)
    </script>
  </table>

  <!-- Rows whose date has passed come from behind a fence: see iact.archive.visibility. What is
    published has a chain of views of its own, without a condition for simulated rows: see
    iact.archive.simulations. -->
  <STREAM id="stored-columns">
    <doc>The columns of views over the flat rows.</doc>
    <FEED source="stored-obscore"/>
    <FEED source="cta/ext#extended-columns"/>
    <FEED source="cta/hea#hea-columns"/>
  </STREAM>

  <table id="seen" onDisk="True">
    <meta name="description">The flat rows that everybody may see now.</meta>
    <FEED source="stored-columns"/>
    <viewStatement>
      CREATE VIEW \qName AS (
        SELECT \colNames FROM ONLY \schema.obscore_row
        UNION ALL
        SELECT \colNames FROM \schema.obscore_simulated
        UNION ALL
        (SELECT \colNames FROM \schema.obscore_hidden
          WHERE hidden_until &lt;= (now() AT TIME ZONE 'utc') OFFSET 0))
    </viewStatement>
  </table>

  <table id="seen_real" onDisk="True">
    <meta name="description">Those of them that were observed, not simulated.</meta>
    <FEED source="stored-columns"/>
    <viewStatement>
      CREATE VIEW \qName AS (
        SELECT \colNames FROM ONLY \schema.obscore_row
        UNION ALL
        (SELECT \colNames FROM \schema.obscore_hidden
          WHERE hidden_until &lt;= (now() AT TIME ZONE 'utc') AND NOT simulated OFFSET 0))
    </viewStatement>
  </table>

  <STREAM id="dataset-columns">
    <doc>The columns of views over datasets.</doc>
    <FEED source="stored-columns"/>
    <LOOP listItems="dataproduct_type dataproduct_subtype o_ucd">
      <events><column original="//obscore#ObsCore.\item"/></events>
    </LOOP>
    <column name="dataset_did" type="text" ucd="meta.ref.ivoid"
      description="Publisher's identifier of the dataset, which may be another product than
        the event list"/>
    <column name="dataset_title" type="text" ucd="meta.title"
      description="Title of the dataset"/>
    <column name="dataset_size" type="bigint" unit="kbyte" ucd="phys.size;meta.file"
      description="Size of the dataset">
      <values nullLiteral="-1"/>
    </column>
    <column name="dataset_events" type="bigint" ucd="meta.number"
      description="Number of events in the dataset; NULL for responses">
      <values nullLiteral="-1"/>
    </column>
  </STREAM>

  <table id="dataset" onDisk="True">
    <meta name="description">The datasets that the archive's vocabulary profile shows, with
      what it calls them. In profile rec these are the event lists; in profile hea event
      bundles and responses too.</meta>
    <FEED source="dataset-columns"/>
    <FEED source="cta/views#dataset-statements" rows="seen"/>
  </table>

  <table id="dataset_real" onDisk="True">
    <meta name="description">Those of them that were observed, not simulated.</meta>
    <FEED source="dataset-columns"/>
    <FEED source="cta/views#dataset-statements" rows="seen_real"/>
  </table>

  <STREAM id="flat-columns">
    <doc>The columns of the flat table.</doc>
    <FEED source="stored-obscore"/>
    <FEED source="computed-obscore"/>
    <FEED source="cta/ext#extended-columns"/>
    <FEED source="cta/ext#association"/>
    <FEED source="cta/hea#hea-columns"/>
    <FEED source="discovery-columns"/>
  </STREAM>

  <table id="vo_obscore" onDisk="True" adql="True">
    <meta name="title">Observations, ObsCore with extended columns</meta>
    <meta name="description">One row for each event list, with the columns of ObsCore,
      the extended columns of CTA and those of the high-energy extension in one flat
      table. Times are MJD in TT, positions ICRS, energies eV.</meta>
    <meta name="_associatedDatalinkService">
      <meta name="serviceId">cta/dl#links</meta>
      <meta name="idColumn">obs_publisher_did</meta>
    </meta>
    <index columns="s_ra,s_dec" kind="q3c" metaOnly="True"/>
    <index columns="obs_publisher_did" metaOnly="True"/>
    <stc>Polygon ICRS [s_region]</stc>
    <FEED source="cta/tables#tt" column="t_min"/>
    <FEED source="cta/tables#tt" column="t_max"/>
    <FEED source="cta/tables#icrs" ra="s_ra" dec="s_dec"/>
    <FEED source="flat-columns"/>
    <FEED source="cta/views#flat-statement" datasets="dataset"/>
  </table>

  <table id="published" onDisk="True">
    <meta name="description">What of cta.vo_obscore is in ivoa.obscore: observations, and
      simulations only where the site's configuration says so.</meta>
    <!-- Until version 0.1 it was the flat table itself that was published. -->
    <script name="Take the flat table out of ivoa.obscore" type="postCreation" lang="SQL">
      DELETE FROM ivoa._obscoresources WHERE tablename='\schema.vo_obscore'
    </script>
    <mixin source_table="source_table" preview="preview">cta/ext#publish</mixin>
    <mixin>cta/hea#publishHeaLike</mixin>
    <!-- The mixins would show it to users, who have cta.vo_obscore. -->
    <adql>False</adql>
    <FEED source="flat-columns"/>
    <FEED source="cta/views#flat-statement" datasets="dataset_real"/>
    <!-- In the place of the statement above where cta.yaml says simulations: published. -->
    <property name="simulations-published">
      CREATE VIEW \qName AS (SELECT \colNames FROM \schema.vo_obscore)
    </property>
  </table>

  <data id="import" updating="True">
    <sources items="site"/>
    <customGrammar module="res/iact/dachs/grammar" isDispatching="True"/>
    <LOOP listItems="site collection proposal processing observation obs_config gti
        product assumption provenance source_file quarantine obscore_row">
      <events><make table="\item"/></events>
    </LOOP>
  </data>

  <data id="views" updating="True">
    <make table="seen"/>
    <make table="seen_real"/>
    <make table="dataset"/>
    <make table="dataset_real"/>
    <make table="vo_obscore"/>
    <make table="published"/>
  </data>

  <FEED source="cta/search#cone"/>
  <FEED source="cta/search#form"/>

  <regSuite title="CTA tables" sequential="True">
    <!-- These hold for any data, an empty archive's too. -->
    <regTest title="Every observation is in the flat table">
      <url parSet="TAP" QUERY="SELECT COUNT(*) AS missing FROM cta.observation AS o
          WHERE NOT EXISTS (SELECT 1 FROM cta.vo_obscore AS v
          WHERE v.obs_publisher_did=o.obs_publisher_did)">/tap/sync</url>
      <code>
        self.assertEqual(self.getFirstVOTableRow()["missing"], 0)
      </code>
    </regTest>

    <regTest title="The flat table's real data are in ivoa.obscore">
      <url parSet="TAP" QUERY="SELECT COUNT(*) AS missing FROM cta.vo_obscore AS v
          WHERE NOT EXISTS (SELECT 1 FROM ivoa.obscore AS o
          WHERE v.obs_publisher_did=o.obs_publisher_did)
          AND v.simulated = 'False'">/tap/sync</url>
      <code>
        self.assertEqual(self.getFirstVOTableRow()["missing"], 0)
      </code>
    </regTest>

    <regTest title="What must not be NULL is not, and ranges are in order">
      <url parSet="TAP" QUERY="SELECT COUNT(*) AS bad FROM cta.vo_obscore
          WHERE obs_collection IS NULL OR obs_id IS NULL OR access_url IS NULL
          OR obs_mode IS NULL OR data_rights IS NULL OR t_min > t_max
          OR em_min > em_max OR energy_min > energy_max">/tap/sync</url>
      <code>
        self.assertEqual(self.getFirstVOTableRow()["bad"], 0)
      </code>
    </regTest>

    <regTest title="A region finds what lies in it, as the first prototype asked">
      <url parSet="TAP" QUERY="SELECT * FROM cta.vo_obscore as o WHERE
          1 = intersects(o.s_region, circle('ICRS', 83.63308333, 22.0145, 0.001))"
        >/tap/sync</url>
      <code>
        for row in self.getVOTableRows():
          # A polygon around a circle reaches beyond it, by up to 8 % at its 8 vertices.
          self.assertTrue(abs(row["s_dec"]-22.0145) &lt;= row["s_fov"]/2*1.09)
      </code>
    </regTest>

    <regTest title="Links of an unknown dataset are an error row">
      <url ID="ivo://nowhere/~?nothing">/cta/dl/links/dlmeta</url>
      <code>
        self.assertHasStrings("DataLink#links-1.1", "NotFoundFault")
      </code>
    </regTest>

    <regTest title="A file that is not there is not found">
      <url httpStatus="404">/cta/dl/get/custom/none/none/none.fits</url>
      <code>
        self.assertHTTPStatus(404)
      </code>
    </regTest>
  </regSuite>
</resource>

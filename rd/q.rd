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
    <!-- This form makes a true q3c index that ADQL uses;
      kind="q3c" columns="..." would make a plain b-tree. -->
    <index name="pos" kind="q3c"><columns>s_ra,s_dec</columns>q3c_ang2ipix(s_ra,s_dec)</index>
    <index name="region" method="GIST" columns="s_region"/>
    <index columns="obs_collection,obs_id"/>
    <index columns="obs_id"/>
    <index columns="t_min"/>
    <index columns="t_max"/>
    <index columns="em_min"/>
    <index columns="em_max"/>
    <!-- ivoa.obscore casts these to real -->
    <index name="eminr" columns="em_min">(CAST(em_min AS real))</index>
    <index name="emaxr" columns="em_max">(CAST(em_max AS real))</index>
    <foreignKey source="obs_collection,obs_id,event_type" inTable="observation"/>
  </table>

  <table id="vo_obscore" onDisk="True" adql="True">
    <meta name="title">Observations, ObsCore with extended columns</meta>
    <meta name="description">One row for each event list, with the columns of ObsCore,
      the extended columns of CTA and those of the high-energy extension in one flat
      table. Times are MJD in TT, positions ICRS, energies eV.</meta>
    <meta name="_associatedDatalinkService">
      <meta name="serviceId">cta/dl#links</meta>
      <meta name="idColumn">obs_publisher_did</meta>
    </meta>
    <mixin>cta/ext#publish</mixin>
    <mixin>cta/hea#publishHeaLike</mixin>
    <index columns="s_ra,s_dec" kind="q3c" metaOnly="True"/>
    <index columns="obs_publisher_did" metaOnly="True"/>
    <stc>Polygon ICRS [s_region]</stc>
    <FEED source="cta/tables#tt" column="t_min"/>
    <FEED source="cta/tables#tt" column="t_max"/>
    <FEED source="cta/tables#icrs" ra="s_ra" dec="s_dec"/>
    <FEED source="stored-obscore"/>
    <FEED source="computed-obscore"/>
    <FEED source="cta/ext#extended-columns"/>
    <FEED source="cta/hea#hea-columns"/>
    <FEED source="discovery-columns"/>
    <!-- Proposals are not joined: ivoa.obscore uses the indexes of its members only where
      these are queries of one table. -->
    <viewStatement>
      CREATE VIEW \qName AS (
        SELECT \colNames FROM (
          SELECT
            calib_level, obs_collection, obs_id, obs_title, obs_publisher_did,
            access_estsize, target_name, s_ra, s_dec, s_fov, s_region, s_resolution,
            t_min, t_max, t_exptime, em_min, em_max, em_res_power,
            facility_name, instrument_name,
            CAST('event' AS text) AS dataproduct_type,
            CAST('event-list' AS text) AS dataproduct_subtype,
            \schema.server_url() || '/cta/dl/links/dlmeta?ID='
              || gavo_urlescape(obs_publisher_did) AS access_url,
            CAST('application/x-votable+xml;content=datalink' AS text) AS access_format,
            CAST(NULL AS text) AS obs_creator_did,
            CAST(NULL AS text) AS target_class,
            CAST(NULL AS real) AS t_resolution,
            CAST(NULL AS text) AS o_ucd,
            CAST(NULL AS text) AS pol_states,
            CAST(-1 AS bigint) AS s_xel1, CAST(-1 AS bigint) AS s_xel2,
            CAST(-1 AS bigint) AS t_xel, CAST(-1 AS bigint) AS em_xel,
            CAST(0 AS bigint) AS pol_xel,
            CAST(NULL AS double precision) AS s_pixel_scale,
            CAST('em.energy' AS text) AS em_ucd,
            CAST(NULL AS text) AS preview,
            CAST('\qName' AS text) AS source_table,
            CASE WHEN obs_release_date &lt;= (now() AT TIME ZONE 'utc') THEN 'public'
              WHEN data_rights = 'public' AND obs_release_date IS NOT NULL THEN 'proprietary'
              ELSE data_rights END AS data_rights,
            obs_release_date, proposal_id, s_resolution_min, s_resolution_max,
            s_calib_status, t_calib_status, em_calib_status, site, sub_array_name,
            obs_mode, run_type, ctao_level, calib_version, reco_version, reco_method,
            applied_cuts, spectral_model, data_quality, simulated,
            ev_xel, s_ref_energy, em_ref_energy, s_ref_oaa, em_ref_oaa,
            t_intervals, energy_min, energy_max, tracking_mode, scan_mode, pointing_mode,
            analysis_mode, NULLIF(event_type, '') AS event_type,
            messenger_name, messenger_pdgid,
            tracking_mode AS tracking_type,
            CAST(NULL AS text) AS moon_level, CAST(NULL AS text) AS sky_brightness,
            (SELECT proposal_type FROM \schema.proposal AS p
              WHERE (p.obs_collection, p.proposal_id)
                = (obscore_row.obs_collection, obscore_row.proposal_id)),
            (SELECT proposal_title FROM \schema.proposal AS p
              WHERE (p.obs_collection, p.proposal_id)
                = (obscore_row.obs_collection, obscore_row.proposal_id)),
            (SELECT proposal_contact FROM \schema.proposal AS p
              WHERE (p.obs_collection, p.proposal_id)
                = (obscore_row.obs_collection, obscore_row.proposal_id))
          FROM \schema.obscore_row) AS computed)
    </viewStatement>
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
    <make table="vo_obscore"/>
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

    <regTest title="The flat table is in ivoa.obscore">
      <url parSet="TAP" QUERY="SELECT COUNT(*) AS missing FROM cta.vo_obscore AS v
          WHERE NOT EXISTS (SELECT 1 FROM ivoa.obscore AS o
          WHERE v.obs_publisher_did=o.obs_publisher_did)">/tap/sync</url>
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
          self.assertTrue(abs(row["s_dec"]-22.0145) &lt;= row["s_fov"])
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

<resource schema="cta" resdir="cta">
  <!-- Columns of CTA's extended ObsCore: what observatories of this field ask
  for beyond ObsCore 1.1. Names, UCDs, units and utypes of those that ObsCore
  lists as optional are ObsCore's (ObsCore 1.1, table 7 and appendix B);
  the others follow the CTA data model's ObsConfig and processing classes. -->
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Extended ObsCore columns for Cherenkov telescopes</meta>
  <meta name="description">Column definitions that other resource descriptors
    feed into their tables, and what a server's userconfig.rd feeds to ivoa.obscore.
    Nothing of this resource is in the database.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <STREAM id="obscore-extension">
    <doc>The extended columns that ivoa.obscore has too.</doc>
    <column name="data_rights" type="text" ucd="meta.code"
      utype="obscore:Curation.rights" verbLevel="15"
      tablehead="Rights"
      description="Who may fetch the data: public, secure (any login) or proprietary.
        Evaluated when asked: a row becomes public at its obs_release_date."/>
    <column name="obs_release_date" type="timestamp" ucd="time.release"
      utype="obscore:Curation.releaseDate" verbLevel="15"
      tablehead="Release"
      description="Date from which the data are public (UTC); NULL means proprietary
        without a date"/>
    <column name="proposal_id" type="text" ucd="meta.id;obs.proposal"
      utype="obscore:Provenance.Proposal.identifier" verbLevel="15"
      tablehead="Proposal"
      description="Identifier of the proposal the data were taken for"/>
    <column name="s_resolution_min" type="double precision" unit="arcsec"
      ucd="pos.angResolution;stat.min" verbLevel="25"
      utype="obscore:Char.SpatialAxis.Resolution.Bounds.Limits.LoLimit"
      tablehead="Min. space res."
      description="Best angular resolution (FWHM) within the dataset"/>
    <column name="s_resolution_max" type="double precision" unit="arcsec"
      ucd="pos.angResolution;stat.max" verbLevel="25"
      utype="obscore:Char.SpatialAxis.Resolution.Bounds.Limits.HiLimit"
      tablehead="Max. space res."
      description="Worst angular resolution (FWHM) within the dataset"/>
    <column name="s_calib_status" type="text" ucd="meta.code.qual"
      utype="obscore:Char.SpatialAxis.calibrationStatus" verbLevel="25"
      tablehead="Space calib."
      description="Calibration status of the spatial axis: uncalibrated, raw or calibrated"/>
    <column name="t_calib_status" type="text" ucd="meta.code.qual"
      utype="obscore:Char.TimeAxis.calibrationStatus" verbLevel="25"
      tablehead="Time calib."
      description="Calibration status of the time axis: uncalibrated, raw, relative or calibrated"/>
    <column name="em_calib_status" type="text" ucd="meta.code.qual"
      utype="obscore:Char.SpectralAxis.calibrationStatus" verbLevel="25"
      tablehead="Energy calib."
      description="Calibration status of the spectral axis: uncalibrated, relative, absolute
        or calibrated"/>
    <column name="site" type="text" ucd="meta.id;instr.tel" verbLevel="10"
      tablehead="Site"
      description="Name of the observatory site, as in cta.site"/>
    <column name="sub_array_name" type="text" ucd="meta.id;instr" verbLevel="15"
      tablehead="Sub-array"
      description="Name of the sub-array of telescopes that took the data"/>
    <column name="obs_mode" type="text" ucd="meta.code;obs.param" verbLevel="10"
      tablehead="Obs. mode"
      description="Observing mode in lower case (wobble, pointing, scan, raster, on, off, onoff,
        drift, slew, grid); 'unknown' where the file has none, never NULL">
      <property name="obscoreDefault">'unknown'</property>
    </column>
    <column name="run_type" type="text" ucd="meta.code;obs" verbLevel="15"
      tablehead="Run type"
      description="What the run was taken for: science, calibration, engineering"/>
    <column name="ctao_level" type="text" ucd="meta.code;obs.calib" verbLevel="15"
      tablehead="Data level"
      description="Data level in the scheme of CTAO, DL0 to DL6 (event lists with responses
        are DL3)"/>
    <column name="calib_version" type="text" ucd="meta.version;obs.calib" verbLevel="15"
      tablehead="Calib. version"
      description="Version of the calibration that the data went through"/>
    <column name="reco_version" type="text" ucd="meta.version" verbLevel="15"
      tablehead="Reco. version"
      description="Version of the event reconstruction"/>
    <column name="reco_method" type="text" ucd="meta.code" verbLevel="15"
      tablehead="Reco. method"
      description="Method of the event reconstruction (Hillas, ImPACT, Model, random forest...)"/>
    <column name="applied_cuts" type="text" ucd="meta.code" verbLevel="15"
      tablehead="Cuts"
      description="Name of the event selection that was applied"/>
    <column name="spectral_model" type="text" ucd="meta.code;meta.modelled" verbLevel="25"
      tablehead="Model"
      description="Spectral model that a derived product was made with; NULL for event lists"/>
    <column name="data_quality" type="text" ucd="meta.code.qual" verbLevel="15"
      tablehead="Quality"
      description="Data quality flag as the producer gives it (obs-index QUALITY or the
        collection's configuration)"/>
  </STREAM>

  <STREAM id="association">
    <doc>An extended column of ivoa.obscore that no table stores.</doc>
    <!-- From the high-energy note, section "Datalink Table in a TAP Service"; it gives no UCD. -->
    <column name="dl_association_id" type="text" ucd="meta.id.assoc" verbLevel="15"
      tablehead="Links of"
      description="Key of the dataset's links in datalink.response, which datasets of the same
        event list share: the identifier of that list; NULL where there are no links"/>
  </STREAM>

  <STREAM id="extended-columns">
    <doc>The extended columns, for use inside a table.</doc>
    <FEED source="obscore-extension"/>
    <column name="simulated" type="boolean" ucd="meta.code;meta.modelled" required="True" verbLevel="10"
      tablehead="Simulated?"
      description="True where the events were simulated, not observed"/>
  </STREAM>

  <table id="associated">
    <!-- Never made: other tables take the column from here by reference. -->
    <FEED source="association"/>
  </table>

  <table id="extended">
    <!-- Never made: other tables take single columns from here by reference. -->
    <FEED source="extended-columns"/>
  </table>

  <table id="extension">
    <!-- Never made: the loops below go over its columns. -->
    <FEED source="obscore-extension"/>
    <FEED source="association"/>
  </table>

  <!-- For the streams of the same names in a server's userconfig.rd. -->

  <STREAM id="obscore-extracolumns">
    <doc>The extended columns. Clients that follow the links of ivoa.obscore come to
      cta/dl, for all IDs at once; DaCHS's own service would answer for the first only.</doc>
    <meta>!_associatedDatalinkService.serviceId: cta/dl#links</meta>
    <FEED source="obscore-extension"/>
    <FEED source="association"/>
  </STREAM>

  <STREAM id="obscore-extrapars">
    <doc>A parameter for each extended column. With their defaults, tables go on
      that know nothing of these.</doc>
    <LOOP>
      <codeItems>
        for column in context.getById("extension"):
          yield {"name": column.name, "description": column.description,
            "default": column.getProperty("obscoreDefault", "NULL")}
      </codeItems>
      <events>
        <mixinPar name="\name" description="\description">\default</mixinPar>
      </events>
    </LOOP>
  </STREAM>

  <STREAM id="obscore-extraevents">
    <doc>What the extended columns are in the view. The two properties are for
      cta/hea, whose view must have the same values as ivoa.obscore.</doc>
    <property name="obscore_obs_publisher_did">\\obs_publisher_did</property>
    <property name="obscore_obs_mode">\\obs_mode</property>
    <LOOP>
      <codeItems>
        for column in context.getById("extension"):
          # Never NULL where there is a default: NATURAL JOIN loses what is.
          default = column.getProperty("obscoreDefault", None)
          value = r"COALESCE(\%s, %s)" % (column.name, default) if default else "\\" + column.name
          yield {"clause": ", CAST(%s AS %s) AS %s" % (value, column.type, column.name)}
      </codeItems>
      <events>
        <property name="obscoreClause" cumulate="True">\clause</property>
      </events>
    </LOOP>
  </STREAM>

  <STREAM id="tapexamples">
    <doc>What /tap/examples shows.</doc>
    <FEED source="cta/examples#tapexamples"/>
  </STREAM>

  <mixinDef id="publish">
    <doc>Publishes a table in ivoa.obscore as //obscore#publishObscoreLike does, and
      takes the extended columns from the table's columns of the same names. A server
      whose ivoa.obscore has none of them gets the standard columns. (Other tables
      that have such columns go on with the defaults: they give the parameters of
      //obscore's mixins what is theirs.)</doc>
    <mixinPar name="preview" description="Address of a preview">NULL</mixinPar>
    <mixinPar name="source_table" description="Name of the table that users know; empty: this one"
      >__EMPTY__</mixinPar>
    <processEarly>
      <setup imports="iact.dachs.extension"/>
      <code>
        extension.publish(substrate, context, mixinPars)
      </code>
    </processEarly>
  </mixinDef>
</resource>

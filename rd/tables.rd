<resource schema="cta" resdir="cta">
  <!-- The normalised tables of an archive. cta/q feeds them in, makes them and
  publishes them; the rows come from iact.archive.rows. -->
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Tables of a Cherenkov-telescope archive</meta>
  <meta name="description">Table definitions that cta/q makes. This resource itself has
    nothing in the database.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <STREAM id="observation-key">
    <doc>What identifies one event list: all tables about it begin with this.</doc>
    <column name="obs_collection" type="text" ucd="meta.id" required="True"
      tablehead="Collection" verbLevel="1"
      description="Name of the data collection the observation belongs to"/>
    <column name="obs_id" type="text" ucd="meta.id;obs" required="True"
      tablehead="Obs. id" verbLevel="1"
      description="Identifier of the observation, unique within its collection"/>
    <column name="event_type" type="text" ucd="meta.code.qual;phys.particle" required="True"
      tablehead="Event type" verbLevel="15"
      description="Label of the event list where an observation is split into disjoint lists;
        empty where it is not"/>
  </STREAM>

  <!-- Everything is declared twice: DaCHS 2.7 makes TIMESYS and COOSYS of annotations with
  the model stc2, which 2.8 has renamed to votable. Each ignores the other's. -->
  <STREAM id="tt">
    <doc>Declares a column of a table as MJD in TT.</doc>
    <dm>
      (stc2:Coords) {
        time: (stc2:TimeCoordinate) {
          frame: (stc2:TimeFrame) {
            timescale: TT
            refPosition: TOPOCENTER
            time0: "MJD-origin" }
          location: @\column } }
    </dm>
    <dm>
      (votable:Coords) {
        time: (votable:TimeCoordinate) {
          frame: (votable:TimeFrame) {
            timescale: TT
            refPosition: TOPOCENTER
            time0: "MJD-origin" }
          location: @\column } }
    </dm>
  </STREAM>

  <STREAM id="icrs">
    <doc>Declares two columns of a table as ICRS.</doc>
    <dm>
      (stc2:Coords) {
        space: (stc2:SphericalCoordinate) {
          frame: (stc2:SpaceFrame) { orientation: ICRS }
          longitude: @\ra
          latitude: @\dec } }
    </dm>
    <dm>
      (votable:Coords) {
        space: (votable:SphericalCoordinate) {
          frame: (votable:SpaceFrame) { orientation: ICRS }
          longitude: @\ra
          latitude: @\dec } }
    </dm>
  </STREAM>

  <STREAM id="hidden-until">
    <doc>The first column of tables whose rows may be hidden (see iact.archive.visibility): for
    each row, PostgreSQL unpacks all columns up to it. DaCHS keeps hidden columns out of queries
    and descriptions.</doc>
    <column name="hidden_until" type="timestamp" ucd="time.release" hidden="True"
      tablehead="Hidden until"
      description="Date until which no user learns of the row (UTC); NULL where it is not hidden"/>
  </STREAM>

  <STREAM id="names">
    <table id="site" onDisk="True" adql="True" primary="site">
      <meta name="title">Observatory sites</meta>
      <meta name="description">The places that the telescopes of this archive stand at.</meta>
      <FEED source="cta/tables#hidden-until"/>
      <column name="site" type="text" ucd="meta.id;instr.tel;meta.main" required="True"
        tablehead="Site" description="Short name of the site"/>
      <column name="site_title" type="text" ucd="meta.title"
        tablehead="Title" description="Name of the site in full"/>
      <column name="site_lon" type="double precision" unit="deg" ucd="pos.earth.lon"
        tablehead="Longitude" description="Geodetic longitude (WGS84), east is positive"/>
      <column name="site_lat" type="double precision" unit="deg" ucd="pos.earth.lat"
        tablehead="Latitude" description="Geodetic latitude (WGS84), north is positive"/>
      <column name="site_alt" type="double precision" unit="m" ucd="pos.earth.altitude"
        tablehead="Altitude" description="Altitude above sea level"/>
    </table>

    <table id="collection" onDisk="True" adql="True" primary="obs_collection">
      <meta name="title">Data collections</meta>
      <meta name="description">The collections of this archive with their terms of use.
        What of the sky each of them covers is a MOC at
        \internallink{coverage}/&lt;obs_collection&gt;/moc.fits (or moc.json).</meta>
      <FEED source="cta/tables#hidden-until"/>
      <column name="obs_collection" type="text" ucd="meta.id;meta.main" required="True"
        tablehead="Collection" description="Name of the collection, as in ObsCore"/>
      <column name="collection_title" type="text" ucd="meta.title"
        tablehead="Title" description="Title of the collection"/>
      <column name="collection_description" type="text" ucd="meta.note"
        tablehead="Description" description="What the collection holds"/>
      <column name="creator" type="text" ucd="meta.bib.author"
        tablehead="Creator" description="Who made the data: a collaboration or a person"/>
      <column name="licence" type="text" ucd="meta.ref"
        tablehead="Licence" description="Licence of the data, by its short name"/>
      <column name="terms_of_use" type="text" ucd="meta.note"
        tablehead="Terms of use" description="What one may do with the data and how to give credit"/>
      <column name="bib_reference" type="text" ucd="meta.bib"
        tablehead="References" description="Bibcodes, DOIs or addresses, separated by blanks"/>
      <column name="simulated" type="boolean" ucd="meta.code;meta.modelled" required="True"
        tablehead="Simulated?" description="True where the events were simulated, not observed"/>
      <column name="open_previews" type="boolean" ucd="meta.code"
        tablehead="Open previews?" description="True where everybody may see the previews of
          observations whose files not everybody may read">
        <!-- Tables of earlier versions have none until the next ingestion. -->
        <values nullLiteral="False"/>
      </column>
    </table>

    <table id="proposal" onDisk="True" adql="True" primary="obs_collection,proposal_id">
      <meta name="title">Proposals</meta>
      <meta name="description">Proposals that observations were taken for.</meta>
      <FEED source="cta/tables#hidden-until"/>
      <column name="obs_collection" type="text" ucd="meta.id" required="True"
        tablehead="Collection" description="Collection that the proposal belongs to"/>
      <column name="proposal_id" type="text" ucd="meta.id;obs.proposal" required="True"
        tablehead="Proposal" description="Identifier of the proposal"/>
      <column name="proposal_title" type="text" ucd="meta.title;obs.proposal"
        tablehead="Title" description="Title of the proposal"/>
      <column name="proposal_type" type="text" ucd="meta.code;obs.proposal"
        tablehead="Type" description="Kind of proposal: guest, key programme, target of opportunity..."/>
      <column name="proposal_contact" type="text" ucd="meta.bib.author;obs.proposal"
        tablehead="Contact" description="Contact person of the proposal"/>
    </table>

    <table id="processing" onDisk="True" adql="True" primary="processing_id">
      <meta name="title">Processing</meta>
      <meta name="description">How event lists were made: versions, methods and cuts. One row for
        each combination that occurs.</meta>
      <column name="processing_id" type="text" ucd="meta.id;meta.main" required="True"
        tablehead="Id" description="Identifier of this combination"/>
      <column original="cta/ext#extended.calib_version"/>
      <column original="cta/ext#extended.reco_version"/>
      <column original="cta/ext#extended.reco_method"/>
      <column original="cta/ext#extended.applied_cuts"/>
      <column original="cta/ext#extended.spectral_model"/>
      <column original="cta/ext#extended.data_quality"/>
    </table>
  </STREAM>

  <STREAM id="observations">
    <table id="observation" onDisk="True" adql="True"
        primary="obs_collection,obs_id,event_type">
      <meta name="title">Observations</meta>
      <meta name="description">One row for each event list: what was observed, when, and how good
        it is. Times are MJD in TT, energies eV, positions ICRS.</meta>
      <FEED source="cta/tables#tt" column="t_start"/>
      <FEED source="cta/tables#tt" column="t_stop"/>
      <FEED source="cta/tables#icrs" ra="target_ra" dec="target_dec"/>
      <index columns="data_root,path"/>
      <index columns="processing_id"/>
      <index columns="t_start"/>
      <foreignKey source="processing_id" inTable="processing"/>
      <foreignKey source="obs_collection" inTable="collection"/>
      <FEED source="cta/tables#hidden-until"/>
      <FEED source="cta/tables#observation-key"/>
      <column name="obs_publisher_did" type="text" ucd="meta.ref.ivoid" required="True"
        tablehead="Pub. DID" description="Dataset identifier of the event list, as in ObsCore"/>
      <column name="target_name" type="text" ucd="meta.id;src"
        tablehead="Target" description="Name of the target"/>
      <column name="target_ra" type="double precision" unit="deg" ucd="pos.eq.ra;src"
        tablehead="Target RA" description="Right ascension of the target, ICRS"/>
      <column name="target_dec" type="double precision" unit="deg" ucd="pos.eq.dec;src"
        tablehead="Target Dec" description="Declination of the target, ICRS"/>
      <column name="t_start" type="double precision" unit="d" ucd="time.start;obs"
        tablehead="Start" description="Start of the first good time interval, MJD in TT"/>
      <column name="t_stop" type="double precision" unit="d" ucd="time.end;obs"
        tablehead="Stop" description="End of the last good time interval, MJD in TT"/>
      <column name="ontime" type="double precision" unit="s" ucd="time.duration;obs"
        tablehead="Ontime" description="Sum of the good time intervals"/>
      <column name="livetime" type="double precision" unit="s" ucd="time.duration;obs.exposure"
        tablehead="Livetime" description="Ontime without the dead time"/>
      <column name="deadc" type="double precision" ucd="arith.factor;obs.exposure"
        tablehead="Dead-time corr." description="Livetime divided by ontime"/>
      <column name="n_events" type="bigint" ucd="meta.number;phys.particle" required="True"
        tablehead="Events" description="Number of events in the list"/>
      <column name="energy_min" type="double precision" unit="eV" ucd="em.energy;stat.min"
        tablehead="E_min" description="Lowest usable energy"/>
      <column name="energy_max" type="double precision" unit="eV" ucd="em.energy;stat.max"
        tablehead="E_max" description="Highest usable energy"/>
      <column name="energy_source" type="text" ucd="meta.note;em.energy"
        tablehead="E from" description="Where the energy range was taken from: the safe range,
          the axis of the responses, the collection's configuration or the events"/>
      <column name="s_resolution" type="double precision" unit="arcsec" ucd="pos.angResolution"
        tablehead="PSF" description="FWHM of the point spread function at ref_energy and ref_offset"/>
      <column name="em_res_power" type="double precision" ucd="spect.resolution"
        tablehead="E/dE" description="1/sigma68 of the energy dispersion at ref_energy and ref_offset"/>
      <column name="ref_energy" type="double precision" unit="eV" ucd="meta.ref;em.energy"
        tablehead="Ref. energy" description="Energy at which the resolutions hold"/>
      <column name="ref_offset" type="double precision" unit="deg" ucd="pos.angDistance;instr.offset"
        tablehead="Ref. offset" description="Off-axis angle at which the resolutions hold"/>
      <column name="proposal_id" type="text" ucd="meta.id;obs.proposal"
        tablehead="Proposal" description="Identifier of the proposal, see cta.proposal"/>
      <column name="processing_id" type="text" ucd="meta.id" required="True"
        tablehead="Processing" description="How the list was made, see cta.processing"/>
      <column name="observer" type="text" ucd="meta.bib.author"
        tablehead="Observer" description="Who observed, as the file says"/>
      <column name="ev_class" type="text" ucd="meta.code.class"
        tablehead="Event class" description="Event class, as the file says"/>
      <column name="data_format" type="text" ucd="meta.code"
        tablehead="Format" description="Name and version of the file's format"/>
      <column name="created" type="text" ucd="time.creation"
        tablehead="Created" description="When the file was made, as the file says"/>
      <column name="data_root" type="text" ucd="meta.id" required="True"
        tablehead="Data root" description="Name of the folder that the file lies in"/>
      <column name="path" type="text" ucd="meta.id;meta.file" required="True"
        tablehead="File" description="Path of the file within its data root"/>
    </table>

    <table id="obs_config" onDisk="True" adql="True"
        primary="obs_collection,obs_id,event_type">
      <meta name="title">Observation configuration</meta>
      <meta name="description">How the telescopes were set up and where they pointed.</meta>
      <FEED source="cta/tables#icrs" ra="ra_pnt" dec="dec_pnt"/>
      <foreignKey source="obs_collection,obs_id,event_type" inTable="observation"/>
      <FEED source="cta/tables#hidden-until"/>
      <FEED source="cta/tables#observation-key"/>
      <column original="cta/ext#extended.site"/>
      <column original="cta/ext#extended.sub_array_name"/>
      <column original="cta/hea#hea.pointing_mode"/>
      <column original="cta/hea#hea.tracking_mode"/>
      <column original="cta/hea#hea.scan_mode"/>
      <column original="cta/ext#extended.obs_mode"/>
      <column name="obs_mode_header" type="text" ucd="meta.note;obs.param"
        tablehead="OBS_MODE" description="Observing mode as the file's header writes it"/>
      <column original="cta/ext#extended.run_type"/>
      <column name="telescopes" type="text" ucd="meta.id;instr.tel"
        tablehead="Telescopes" description="Telescopes that took part, separated by commas"/>
      <column name="n_telescopes" type="integer" ucd="meta.number;instr.tel"
        tablehead="No. of tel." description="Number of telescopes that took part">
        <values nullLiteral="-1"/>
      </column>
      <column name="fov" type="double precision" unit="deg" ucd="phys.angSize;instr.fov"
        tablehead="FoV" description="Diameter of the field of view"/>
      <column name="fov_source" type="text" ucd="meta.note;instr.fov"
        tablehead="FoV from" description="Where the field of view was taken from"/>
      <column name="ra_pnt" type="double precision" unit="deg" ucd="pos.eq.ra;instr"
        tablehead="RA" description="Right ascension of the pointing, ICRS"/>
      <column name="dec_pnt" type="double precision" unit="deg" ucd="pos.eq.dec;instr"
        tablehead="Dec" description="Declination of the pointing, ICRS"/>
      <column name="alt_pnt" type="double precision" unit="deg" ucd="pos.az.alt;instr"
        tablehead="Altitude" description="Altitude of the pointing, mean over the run"/>
      <column name="az_pnt" type="double precision" unit="deg" ucd="pos.az.azi;instr"
        tablehead="Azimuth" description="Azimuth of the pointing, north over east"/>
      <column name="zen_pnt" type="double precision" unit="deg" ucd="pos.az.zd;instr"
        tablehead="Zenith angle" description="Zenith angle of the pointing, mean over the run"/>
      <column name="header_lon" type="double precision" unit="deg" ucd="pos.earth.lon"
        tablehead="GEOLON" description="Longitude of the site as the file's header gives it, east is
          positive; cta.site has what is known of named sites"/>
      <column name="header_lat" type="double precision" unit="deg" ucd="pos.earth.lat"
        tablehead="GEOLAT" description="Latitude of the site as the file's header gives it"/>
      <column name="header_alt" type="double precision" unit="m" ucd="pos.earth.altitude"
        tablehead="ALTITUDE" description="Altitude of the site as the file's header gives it"/>
    </table>

    <table id="gti" onDisk="True" adql="True"
        primary="obs_collection,obs_id,event_type,interval_no">
      <meta name="title">Good time intervals</meta>
      <meta name="description">When the telescopes were taking good data. Times are MJD in TT.</meta>
      <FEED source="cta/tables#tt" column="t_start"/>
      <FEED source="cta/tables#tt" column="t_stop"/>
      <index columns="obs_publisher_did"/>
      <index columns="t_start,t_stop"/>
      <foreignKey source="obs_collection,obs_id,event_type" inTable="observation"/>
      <FEED source="cta/tables#hidden-until"/>
      <FEED source="cta/tables#observation-key"/>
      <column name="interval_no" type="integer" ucd="meta.number" required="True"
        tablehead="No." description="Number of the interval within its observation, from 1"/>
      <column name="obs_publisher_did" type="text" ucd="meta.ref.ivoid" required="True"
        tablehead="Pub. DID" description="Dataset identifier of the event list, as in ObsCore"/>
      <column name="t_start" type="double precision" unit="d" ucd="time.start;obs"
        tablehead="Start" description="Start of the interval, MJD in TT"/>
      <column name="t_stop" type="double precision" unit="d" ucd="time.end;obs"
        tablehead="Stop" description="End of the interval, MJD in TT"/>
    </table>

    <table id="product" onDisk="True" adql="True"
        primary="obs_collection,obs_id,event_type,kind">
      <meta name="title">Products</meta>
      <meta name="description">What there is for each observation: the whole file, the event list,
        its good time intervals and its instrument responses.</meta>
      <index columns="obs_publisher_did"/>
      <foreignKey source="obs_collection,obs_id,event_type" inTable="observation"/>
      <FEED source="cta/tables#hidden-until"/>
      <FEED source="cta/tables#observation-key"/>
      <column name="kind" type="text" ucd="meta.code.class" required="True"
        tablehead="Kind" description="What it is: package (the whole file), events, gti, aeff,
          edisp, psf, bkg or rad_max"/>
      <column name="obs_publisher_did" type="text" ucd="meta.ref.ivoid" required="True"
        tablehead="Pub. DID" description="Dataset identifier of the product"/>
      <column name="data_root" type="text" ucd="meta.id" required="True"
        tablehead="Data root" description="Name of the folder that the file lies in"/>
      <column name="path" type="text" ucd="meta.id;meta.file" required="True"
        tablehead="File" description="Path of the file within its data root; responses may lie in
          a file that several observations share"/>
      <column name="hdu" type="text" ucd="meta.id"
        tablehead="HDU" description="Name of the HDU in the file; NULL for the whole file"/>
      <column name="hdu_number" type="integer" ucd="meta.number" required="True"
        tablehead="HDU no." description="Position of the HDU in the file; 0 for the whole file"/>
      <column name="hdu_class" type="text" ucd="meta.code.class"
        tablehead="Class" description="Class of the HDU in the GADF scheme (aeff_2d, psf_table...)"/>
      <column name="content_length" type="bigint" unit="byte" ucd="phys.size;meta.file" required="True"
        tablehead="Size" description="Size of the file on disk, or of the HDU when uncompressed"/>
      <column name="sha256" type="text" ucd="meta.code" required="True"
        tablehead="SHA-256" description="SHA-256 checksum of what content_length counts, hexadecimal"/>
      <column name="content_type" type="text" ucd="meta.code.mime" required="True"
        tablehead="Media type" description="Media type with which the product is sent"/>
    </table>

    <table id="assumption" onDisk="True" adql="True"
        primary="obs_collection,obs_id,event_type,assumption_no">
      <meta name="title">Assumptions</meta>
      <meta name="description">What had to be assumed to read a file, and where the archive does
        not follow what a file says.</meta>
      <foreignKey source="obs_collection,obs_id,event_type" inTable="observation"/>
      <FEED source="cta/tables#hidden-until"/>
      <FEED source="cta/tables#observation-key"/>
      <column name="assumption_no" type="integer" ucd="meta.number" required="True"
        tablehead="No." description="Number of the assumption within its observation, from 1"/>
      <column name="topic" type="text" ucd="meta.code" required="True"
        tablehead="Topic" description="What it is about: time_scale, times, energy_range..."/>
      <column name="hdu" type="text" ucd="meta.id"
        tablehead="HDU" description="The HDU it is about"/>
      <column name="keyword" type="text" ucd="meta.id"
        tablehead="Keyword" description="The keyword or column it is about"/>
      <column name="statement" type="text" ucd="meta.note" required="True"
        tablehead="Statement" description="What the file says and what was taken instead"/>
    </table>

    <table id="provenance" onDisk="True" adql="True"
        primary="obs_collection,obs_id,event_type">
      <meta name="title">Provenance</meta>
      <meta name="description">The last processing step of each event list.</meta>
      <foreignKey source="obs_collection,obs_id,event_type" inTable="observation"/>
      <FEED source="cta/tables#hidden-until"/>
      <FEED source="cta/tables#observation-key"/>
      <column name="obs_publisher_did" type="text" ucd="meta.ref.ivoid" required="True"
        tablehead="Pub. DID" description="Dataset identifier of the event list, as in ObsCore"/>
      <column name="prov_json" type="text" ucd="meta.note" required="True"
        tablehead="PROV-JSON" description="Provenance record in PROV-JSON: activity, software,
          used and generated files with checksums, agent"/>
    </table>
  </STREAM>

  <STREAM id="bookkeeping">
    <table id="source_file" onDisk="True" primary="data_root,path">
      <meta name="title">Files seen</meta>
      <meta name="description">Every FITS file that ingestion met and what became of it. Operators
        read it with bin/cta files.</meta>
      <index columns="sha256"/>
      <column name="data_root" type="text" ucd="meta.id" required="True"
        tablehead="Data root" description="Name of the folder that the file lies in"/>
      <column name="path" type="text" ucd="meta.id;meta.file" required="True"
        tablehead="File" description="Path of the file within its data root"/>
      <column name="file_kind" type="text" ucd="meta.code.class" required="True"
        tablehead="Class" description="observation, response, index, other, duplicate or quarantined"/>
      <column name="content_length" type="bigint" unit="byte" ucd="phys.size;meta.file" required="True"
        tablehead="Size" description="Size of the file"/>
      <column name="mtime_ns" type="bigint" unit="ns" ucd="time.epoch" required="True"
        tablehead="Modified" description="Time of the last change, since 1970-01-01 UTC"/>
      <column name="sha256" type="text" ucd="meta.code" required="True"
        tablehead="SHA-256" description="SHA-256 checksum of the file; empty where it could not
          be read"/>
      <column name="context" type="text" ucd="meta.code" required="True"
        tablehead="Context" description="Digest of the configuration, index and shared responses that it was read
          with"/>
      <column name="obs_collection" type="text" ucd="meta.id"
        tablehead="Collection" description="Collection that the file belongs to"/>
      <column name="obs_id" type="text" ucd="meta.id;obs"
        tablehead="Obs. id" description="Observation that the file is about"/>
      <column name="responses" type="text" ucd="meta.id;meta.file"
        tablehead="Responses" description="Other files of the data root that its responses were
          taken from, as a JSON list; NULL where there are none"/>
      <column name="imported" type="timestamp" ucd="time.processing" required="True"
        tablehead="Imported" description="When the file was read (UTC)"/>
    </table>

    <table id="quarantine" onDisk="True" primary="data_root,path">
      <meta name="title">Quarantine</meta>
      <meta name="description">Files that could not go in, with the reason.</meta>
      <foreignKey source="data_root,path" inTable="source_file"/>
      <column name="data_root" type="text" ucd="meta.id" required="True"
        tablehead="Data root" description="Name of the folder that the file lies in"/>
      <column name="path" type="text" ucd="meta.id;meta.file" required="True"
        tablehead="File" description="Path of the file within its data root"/>
      <column name="reason" type="text" ucd="meta.note" required="True"
        tablehead="Reason" description="Why the file is not in and what was expected"/>
      <column name="hdu" type="text" ucd="meta.id"
        tablehead="HDU" description="The HDU that is to blame"/>
      <column name="keyword" type="text" ucd="meta.id"
        tablehead="Keyword" description="The keyword or column that is to blame"/>
      <column name="noticed" type="timestamp" ucd="time.processing" required="True"
        tablehead="Noticed" description="When the file was read (UTC)"/>
    </table>
  </STREAM>
</resource>

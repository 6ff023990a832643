<resource schema="cta" resdir="cta">
  <!-- Columns of the high-energy extension of ObsCore, from the IVOA note
  "Roadmap to IVOA ObsCore Extension and Discovery of High Energy Astrophysics
  Data" 1.0 (proposed endorsed note, 2026-08-03), table of section 3. The note
  gives no utypes. UCDs are the note's, but for two words that are proposed and
  not in the UCD list: instr.detection is left out (ev_xel, event_type), and
  meta.ref.pdgid is written meta.id (messenger_pdgid). For t_intervals the note
  has none yet. -->
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">High-energy extension columns of ObsCore</meta>
  <meta name="description">Column definitions that other resource descriptors
    feed into their tables. Nothing of this resource is in the database.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <STREAM id="hea-columns">
    <doc>The high-energy columns, for use inside a table. obs_mode, which the
    note lists too, is an extended column (cta/ext).</doc>
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
</resource>

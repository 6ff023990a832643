<resource schema="cta" resdir="cta">
  <!-- Doors to cta.vo_obscore beside TAP. cta/q feeds the streams in, so that the services are
  cta/q#cone and cta/q#form. What parameters mean is in iact.archive.search. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Search services of a Cherenkov-telescope archive</meta>
  <meta name="description">Services that cta/q defines from here. This resource itself has
    nothing in the database.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <STREAM id="cone">
    <service id="cone" allowed="scs.xml">
      <publish render="scs.xml" sets="ivo_managed,local"/>
      <meta name="shortName">CTA cone</meta>
      <meta name="title">Cone search for Cherenkov-telescope observations</meta>
      <meta name="description">Simple Cone Search for observations of ground-based gamma-ray
        telescopes. An observation is found where its field of view, some degrees wide, comes
        within SR of the position; so a small SR finds all that see a source, wherever in the
        field it was. RA and Dec of the result are those of the pointing: pointing_offset is how
        far from the axis the position was, and rows are in its order. Pointings that are in the
        cone themselves are those with pointing_offset up to SR.</meta>
      <meta name="testQuery.ra">83.6331</meta>
      <meta name="testQuery.dec">22.0145</meta>
      <meta name="testQuery.sr">0.001</meta>
      <customCore module="res/iact/dachs/searchcone">
        <inputTable>
          <inputKey name="RA" type="double precision" unit="deg" ucd="pos.eq.ra" std="True"
            required="True" multiplicity="single" tablehead="RA"
            description="Right ascension of the centre, ICRS"/>
          <inputKey name="DEC" type="double precision" unit="deg" ucd="pos.eq.dec" std="True"
            required="True" multiplicity="single" tablehead="Dec"
            description="Declination of the centre, ICRS"/>
          <inputKey name="SR" type="double precision" unit="deg" ucd="phys.angSize" std="True"
            required="True" multiplicity="single" tablehead="Radius"
            description="Radius, up to 180; 0 for the columns without rows"/>
        </inputTable>
      </customCore>
    </service>
  </STREAM>

  <STREAM id="form">
    <service id="form" allowed="form">
      <publish render="form" sets="ivo_managed,local"/>
      <meta name="shortName">CTA form</meta>
      <meta name="title">Search Cherenkov-telescope observations</meta>
      <meta name="description">A form to search the observations of this archive by position,
        time, energy, and how they were taken.</meta>
      <meta name="_intro" format="rst"><![CDATA[
        Leave empty what does not matter; what is filled in must hold together. Times are in UTC,
        energies in TeV, positions ICRS.
      ]]></meta>
      <meta name="_bottominfo" format="rst"><![CDATA[
        For more questions than these there is `TAP </tap>`_, with
        `examples </tap/examples>`_: the table is `cta.vo_obscore </tableinfo/cta.vo_obscore>`_.
      ]]></meta>
      <customCore module="res/iact/dachs/searchform">
        <inputTable>
          <inputKey name="position" type="text" tablehead="Position"
            description="Name or coordinates">
            <property name="placeholder">Crab Nebula</property>
          </inputKey>
          <inputKey name="radius" type="text" tablehead="Radius"
            description="Radius in degrees">
            <property name="placeholder">radius in degrees</property>
          </inputKey>
          <inputKey name="match" type="text" tablehead="Radius around"
            description="What must be near to the position"
            widgetFactory="widgetFactory(SelectChoice, options=[('pointing', 'of the pointing')],
              noneOption=('', 'of the field of view'))"/>
          <group name="where" description="A name, or ICRS as 83.633 22.014 (degrees) or
              05 34 31.9 +22 00 52. It must be in the field of view, or within the radius of it.">
            <property name="label">Position</property>
            <property name="style">compact</property>
            <paramRef dest="position"/>
            <paramRef dest="radius"/>
            <paramRef dest="match"/>
          </group>

          <inputKey name="time_from" type="text" tablehead="Observed from"
            description="First date or moment, UTC">
            <property name="placeholder">from</property>
          </inputKey>
          <inputKey name="time_to" type="text" tablehead="Observed until"
            description="Last date or moment, UTC">
            <property name="placeholder">until</property>
          </inputKey>
          <group name="when" description="Dates, or moments as 2025-11-20 01:30. The last date
              counts to its end.">
            <property name="label">Observed [UTC]</property>
            <property name="style">compact</property>
            <paramRef dest="time_from"/>
            <paramRef dest="time_to"/>
          </group>

          <inputKey name="energy_from" type="text" tablehead="Energies from"
            description="Lowest energy, TeV">
            <property name="placeholder">from</property>
          </inputKey>
          <inputKey name="energy_to" type="text" tablehead="Energies to"
            description="Highest energy, TeV">
            <property name="placeholder">to</property>
          </inputKey>
          <group name="energies" description="The usable energies overlap with this range.">
            <property name="label">Energies [TeV]</property>
            <property name="style">compact</property>
            <paramRef dest="energy_from"/>
            <paramRef dest="energy_to"/>
          </group>

          <inputKey name="target" type="text" tablehead="Target"
            description="What the observation was taken for: a part of the name is enough."/>
          <inputKey name="exposure" type="text" tablehead="Exposure [min]"
            description="Least livetime of an observation"/>
          <!-- DaCHS evaluates a widgetFactory as an expression, in which nothing can be
            imported but so. -->
          <inputKey name="site" type="text" tablehead="Site"
            widgetFactory="__import__('iact.dachs.search').dachs.search.choices(
              'site', 'cta.site')"/>
          <inputKey name="collection" type="text" tablehead="Collection"
            widgetFactory="__import__('iact.dachs.search').dachs.search.choices(
              'obs_collection', 'cta.collection')"/>
          <inputKey name="obs_mode" type="text" tablehead="Observing mode"
            widgetFactory="__import__('iact.dachs.search').dachs.search.mode_choices"/>
          <inputKey name="public_only" type="boolean" tablehead="Only public ones"
            description="What everybody may fetch now"/>
          <inputKey name="observed_only" type="boolean" tablehead="No simulations"/>
          <inputKey name="MAXREC" type="integer" tablehead="At most">
            <property name="defaultForForm">1000</property>
          </inputKey>
        </inputTable>
      </customCore>
      <outputTable>
        <outputField name="files" type="text" ucd="meta.ref.url" select="access_url"
          tablehead="Files" description="DataLink document with all files of the observation">
          <formatter>return T.a(href=data)["links"]</formatter>
        </outputField>
        <outputField original="target_name"/>
        <outputField name="start" type="double precision" ucd="time.start;obs.exposure"
          select="t_min" tablehead="Start [UTC]" description="Begin of the good time">
          <formatter>
            from iact.dl3 import utc
            return T.span(style="white-space: nowrap")[utc.as_text(data)]
          </formatter>
        </outputField>
        <outputField name="minutes" type="double precision" unit="min"
          ucd="time.duration;obs.exposure" select="t_exptime / 60" tablehead="Exposure"
          displayHint="sf=1" description="Livetime"/>
        <outputField original="pointing_offset" displayHint="sf=2"/>
        <outputField original="s_ra" displayHint="sf=3" tablehead="RA"/>
        <outputField original="s_dec" displayHint="sf=3" tablehead="Dec"/>
        <outputField name="tev_min" type="double precision" unit="TeV"
          ucd="em.energy;stat.min" select="energy_min / 1e12" tablehead="E from"
          description="Lowest usable energy">
          <formatter>return None if data is None else f"{data:.3g}"</formatter>
        </outputField>
        <outputField name="tev_max" type="double precision" unit="TeV"
          ucd="em.energy;stat.max" select="energy_max / 1e12" tablehead="E to"
          description="Highest usable energy">
          <formatter>return None if data is None else f"{data:.3g}"</formatter>
        </outputField>
        <outputField original="ev_xel"/>
        <outputField original="obs_mode"/>
        <outputField original="site"/>
        <outputField original="obs_collection"/>
        <outputField original="obs_id"/>
        <outputField original="data_rights" verbLevel="10"/>
      </outputTable>
    </service>
  </STREAM>
</resource>

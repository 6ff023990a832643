<resource schema="ivoa" resdir="cta">
  <!-- Responses beside ObsCore, for what ObsCore's columns cannot say about them: IVOA note
  "Roadmap to IVOA ObsCore Extension and Discovery of High Energy Astrophysics Data" 1.0
  (proposed endorsed note, 2026-08-03), appendix with the example of a table
  ivoa.response_xxx. Its columns are here, by its names; resp_t_min and resp_t_max are from its
  query. The note gives no UCDs and no utypes: columns of ObsCore have ObsCore's. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Responses of Cherenkov telescopes</meta>
  <!-- TAP shows this as the description of the schema ivoa, as in cta/hea. -->
  <meta name="description">Tables of IVOA data models: ObsCore, and its extension
    for high-energy astrophysics.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>
  <meta name="subject">high-energy-astrophysics</meta>

  <table id="response_psf" onDisk="True" adql="True">
    <meta name="title">Point spread functions</meta>
    <meta name="description">The point spread functions that belong to event lists, and where and
      when they apply. Use it with ivoa.obscore: SELECT ... FROM ivoa.obscore JOIN
      ivoa.response_psf USING (obs_id, obs_publisher_did). NATURAL JOIN works too, but loses
      data without a target_name, facility_name or instrument_name.</meta>
    <index columns="obs_publisher_did" metaOnly="True"/>
    <index columns="obs_id" metaOnly="True"/>
    <stc>Polygon ICRS [resp_s_region]</stc>
    <FEED source="cta/tables#tt" column="resp_t_min"/>
    <FEED source="cta/tables#tt" column="resp_t_max"/>
    <FEED source="cta/tables#icrs" ra="resp_s_ra" dec="resp_s_dec"/>
    <column original="//obscore#ObsCore.obs_id"
      description="Observation that the response belongs to"/>
    <column original="//obscore#ObsCore.obs_publisher_did"
      description="Identifier of the event list that the response belongs to"/>
    <column original="//obscore#ObsCore.target_name"/>
    <column original="//obscore#ObsCore.facility_name"/>
    <column original="//obscore#ObsCore.instrument_name"/>
    <column name="resp_product_type" type="text" ucd="meta.code.class" verbLevel="1"
      tablehead="Response"
      description="Kind of response, from the vocabulary response-type: psf"/>
    <column name="resp_publisher_did" type="text" ucd="meta.ref.ivoid" verbLevel="5"
      tablehead="Response DID" description="Publisher's identifier of the response"/>
    <column name="resp_access_url" type="text" ucd="meta.ref.url" verbLevel="1"
      tablehead="Response URL" displayHint="type=url"
      description="Address of the response's file"/>
    <column name="resp_access_format" type="text" ucd="meta.code.mime" verbLevel="5"
      tablehead="Response format" description="Media type of the response's file"/>
    <column name="resp_psf_class" type="text" ucd="meta.code.class" verbLevel="15"
      tablehead="Form"
      description="How the file says it, in the GADF scheme: psf_table, psf_3gauss, psf_king"/>
    <column name="resp_s_ra" type="double precision" unit="deg" ucd="pos.eq.ra"
      verbLevel="5" tablehead="RA"
      description="Right ascension of the pointing, from which the response's offsets count, ICRS"/>
    <column name="resp_s_dec" type="double precision" unit="deg" ucd="pos.eq.dec"
      verbLevel="5" tablehead="Dec"
      description="Declination of the pointing, from which the response's offsets count, ICRS"/>
    <column original="//obscore#ObsCore.s_region" name="resp_s_region" utype=""
      description="Field of view of the event list, for which the response is, ICRS"/>
    <column name="resp_t_min" type="double precision" unit="d" ucd="time.start;obs"
      verbLevel="5" tablehead="Start"
      description="Start of the first good time interval that the response is for, MJD in TT"/>
    <column name="resp_t_max" type="double precision" unit="d" ucd="time.end;obs"
      verbLevel="5" tablehead="Stop"
      description="End of the last good time interval that the response is for, MJD in TT"/>
    <column original="cta/hea#hea.t_intervals" name="resp_t_intervals"/>
    <column name="resp_energy_min" type="double precision" unit="eV" ucd="em.energy;stat.min"
      verbLevel="5" tablehead="E_min"
      description="Lowest energy at which the event list's responses are to be used"/>
    <column name="resp_energy_max" type="double precision" unit="eV" ucd="em.energy;stat.max"
      verbLevel="5" tablehead="E_max"
      description="Highest energy at which the event list's responses are to be used"/>
    <column name="resp_s_resolution" type="double precision" unit="arcsec"
      ucd="pos.angResolution" verbLevel="15" tablehead="FWHM"
      description="FWHM of the point spread function at resp_ref_energy and resp_ref_oaa; NULL
        where the function does not reach these"/>
    <column name="resp_ref_energy" type="double precision" unit="eV"
      ucd="meta.ref;em.energy;pos" verbLevel="25" tablehead="Ref. energy"
      description="Energy at which resp_s_resolution holds"/>
    <column name="resp_ref_oaa" type="double precision" unit="deg"
      ucd="pos.posAng;instr.offset;pos" verbLevel="25" tablehead="Ref. offset"
      description="Off-axis angle at which resp_s_resolution holds"/>
    <!-- As that of datalink.response, with obs_id as a second way past the fence. -->
    <viewStatement>
      CREATE VIEW \qName AS (
        SELECT link.* FROM cta.obscore_row AS o CROSS JOIN LATERAL (
          SELECT o.obs_id, o.obs_publisher_did, o.target_name, o.facility_name,
            o.instrument_name,
            p.kind AS resp_product_type, p.obs_publisher_did AS resp_publisher_did,
            cta.file_url(o.obs_publisher_did, p.kind, package.path) AS resp_access_url,
            p.content_type AS resp_access_format, p.hdu_class AS resp_psf_class,
            o.s_ra AS resp_s_ra, o.s_dec AS resp_s_dec, o.s_region AS resp_s_region,
            o.t_min AS resp_t_min, o.t_max AS resp_t_max,
            o.t_intervals AS resp_t_intervals,
            o.energy_min AS resp_energy_min, o.energy_max AS resp_energy_max,
            o.s_resolution AS resp_s_resolution, o.s_ref_energy AS resp_ref_energy,
            o.s_ref_oaa AS resp_ref_oaa
          FROM cta.product AS p JOIN cta.product AS package
            ON (package.obs_collection, package.obs_id, package.event_type, package.kind)
              = (p.obs_collection, p.obs_id, p.event_type, 'package')
          WHERE (p.obs_collection, p.obs_id, p.event_type, p.kind)
              = (o.obs_collection, o.obs_id, o.event_type, 'psf')
            AND (o.hidden_until IS NULL
              OR o.hidden_until &lt;= (now() AT TIME ZONE 'utc'))
          OFFSET 0) AS link
        WHERE link.obs_publisher_did = o.obs_publisher_did AND link.obs_id = o.obs_id)
    </viewStatement>
  </table>

  <data id="views" updating="True">
    <make table="response_psf"/>
  </data>
</resource>

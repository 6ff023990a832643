<resource schema="cta" resdir="cta">
  <!-- What the views of cta/q compute: each statement is that of two views, one over all rows
    and one over what was observed, not simulated (see iact.archive.simulations). -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Views of a Cherenkov-telescope archive</meta>
  <meta name="description">Statements of the views behind cta.vo_obscore. This resource itself
    has nothing in the database.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <STREAM id="macros">
    <doc>Terms of several statements. They are texts, not functions in the database: an EXISTS in
      a function is planned without what is around it, row by row.</doc>
    <!-- As iact.access.decision.decide says it of somebody who has not signed in. -->
    <macDef name="isPublic">COALESCE(obs_release_date &lt;= (now() AT TIME ZONE 'utc'),
      data_rights = 'public')</macDef>
    <!-- Whether the package p of the event list o has responses, too: as has_responses of
      iact.access.dataset.Dataset. -->
    <macDef name="isBundle">EXISTS (SELECT 1 FROM cta.product AS r
      WHERE (r.obs_collection, r.obs_id, r.event_type)
        = (o.obs_collection, o.obs_id, o.event_type)
      AND (r.data_root, r.path) = (p.data_root, p.path)
      AND r.kind NOT IN ('package', 'events', 'gti'))</macDef>
  </STREAM>

  <STREAM id="dataset-statements">
    <doc>The datasets of the flat rows in a view, rows.</doc>
    <viewStatement>
      CREATE VIEW \\qName AS (
        SELECT \\colNames FROM (
          SELECT o.*, obs_publisher_did AS dataset_did, obs_title AS dataset_title,
            CAST(access_estsize AS bigint) AS dataset_size, ev_xel AS dataset_events,
            CAST('event' AS text) AS dataproduct_type,
            CAST('event-list' AS text) AS dataproduct_subtype,
            CAST(NULL AS text) AS o_ucd
          FROM \\schema.\rows AS o) AS chosen)
    </viewStatement>
    <!-- In the place of the statement above where cta.yaml says profile: hea. One row for
    each product, so that a join by its indexed identifier stays fast. -->
    <property name="profile-hea">
      CREATE VIEW \\qName AS (
        SELECT \\colNames FROM (
          SELECT o.*, p.obs_publisher_did AS dataset_did,
            CASE p.kind WHEN 'events' THEN '' WHEN 'package' THEN 'Event bundle of '
              ELSE 'Response (' || p.kind || ') of ' END || obs_title AS dataset_title,
            CASE p.kind WHEN 'events' THEN CAST(access_estsize AS bigint)
              ELSE GREATEST(1, (content_length + 500) / 1000) END AS dataset_size,
            CASE WHEN p.kind IN ('events', 'package') THEN ev_xel END AS dataset_events,
            CASE p.kind WHEN 'events' THEN 'hea-event-list'
              WHEN 'package' THEN 'hea-event-bundle'
              ELSE 'response-function' END AS dataproduct_type,
            CASE p.kind WHEN 'events' THEN 'event-list' WHEN 'package' THEN 'event-bundle'
              WHEN 'bkg' THEN 'bkgrate' ELSE p.kind END AS dataproduct_subtype,
            CASE WHEN p.kind IN ('events', 'package')
              THEN 'pos.eq#time#em.energy' END AS o_ucd
          FROM \\schema.\rows AS o JOIN (
            SELECT * FROM ONLY \\schema.product
            UNION ALL
            (SELECT * FROM \\schema.product_hidden AS h WHERE NOT EXISTS (
              SELECT 1 FROM \\schema.hidden_observations AS n
              WHERE (n.obs_collection, n.obs_id, n.event_type)
                = (h.obs_collection, h.obs_id, h.event_type)) OFFSET 0)) AS p
            ON (p.obs_collection, p.obs_id, p.event_type)
              = (o.obs_collection, o.obs_id, o.event_type)
          WHERE p.kind IN ('events', 'aeff', 'edisp', 'psf', 'bkg', 'rad_max')
            OR p.kind = 'package' AND \\isBundle) AS chosen)
    </property>
  </STREAM>

  <STREAM id="flat-statement">
    <doc>The flat table of the datasets in a view, datasets.</doc>
    <!-- Proposals are not joined: ivoa.obscore uses the indexes of its members only where
      these are queries of one table. A response has no exposure, no calibrated axes and no
      resolution but what it is itself; its place, times and energies are those that it is for,
      as stored, for else no index would lead to them. -->
    <viewStatement>
      CREATE VIEW \\qName AS (
        SELECT \\colNames FROM (
          SELECT
            calib_level, obs_collection, obs_id, dataset_title AS obs_title,
            dataset_did AS obs_publisher_did, dataset_size AS access_estsize, target_name, s_ra, s_dec, s_fov, s_region,
            CASE WHEN dataproduct_type &lt;&gt; 'response-function' OR dataproduct_subtype = 'psf'
              THEN s_resolution END AS s_resolution,
            t_min, t_max,
            CASE WHEN dataproduct_type &lt;&gt; 'response-function' THEN t_exptime END AS t_exptime,
            em_min, em_max,
            CASE WHEN dataproduct_type &lt;&gt; 'response-function' OR dataproduct_subtype = 'edisp'
              THEN em_res_power END AS em_res_power,
            facility_name, instrument_name,
            dataproduct_type, dataproduct_subtype,
            \\schema.server_url() || '/cta/dl/links/dlmeta?ID='
              || gavo_urlescape(dataset_did) AS access_url,
            CAST('application/x-votable+xml;content=datalink' AS text) AS access_format,
            CAST(NULL AS text) AS obs_creator_did,
            CAST(NULL AS text) AS target_class,
            CAST(NULL AS real) AS t_resolution,
            o_ucd,
            CAST(NULL AS text) AS pol_states,
            CAST(-1 AS bigint) AS s_xel1, CAST(-1 AS bigint) AS s_xel2,
            CAST(-1 AS bigint) AS t_xel, CAST(-1 AS bigint) AS em_xel,
            CAST(0 AS bigint) AS pol_xel,
            CAST(NULL AS double precision) AS s_pixel_scale,
            CAST('em.energy' AS text) AS em_ucd,
            -- The identifier of an event list ends in its key and the word events.
            CASE WHEN dataproduct_type &lt;&gt; 'response-function' THEN
              \\schema.server_url() || '/dl3/'
              || substr(left(obs_publisher_did, -6), strpos(obs_publisher_did, '~?cta/') + 6)
              || 'counts.png' END AS preview,
            CAST('\\schema.vo_obscore' AS text) AS source_table,
            CASE WHEN \\isPublic THEN 'public' WHEN data_rights = 'public' THEN 'proprietary'
              ELSE data_rights END AS data_rights,
            obs_release_date, proposal_id, s_resolution_min, s_resolution_max,
            CASE WHEN dataproduct_type &lt;&gt; 'response-function' THEN s_calib_status END
              AS s_calib_status,
            CASE WHEN dataproduct_type &lt;&gt; 'response-function' THEN t_calib_status END
              AS t_calib_status,
            CASE WHEN dataproduct_type &lt;&gt; 'response-function' THEN em_calib_status END
              AS em_calib_status,
            site, sub_array_name,
            obs_mode, run_type, ctao_level, calib_version, reco_version, reco_method,
            applied_cuts, spectral_model, data_quality, simulated,
            obs_publisher_did AS dl_association_id,
            dataset_events AS ev_xel, s_ref_energy, em_ref_energy, s_ref_oaa, em_ref_oaa,
            t_intervals, energy_min, energy_max, tracking_mode, scan_mode, pointing_mode,
            analysis_mode, NULLIF(event_type, '') AS event_type,
            messenger_name, messenger_pdgid,
            tracking_mode AS tracking_type,
            CAST(NULL AS text) AS moon_level, CAST(NULL AS text) AS sky_brightness,
            (SELECT proposal_type FROM \\schema.proposal AS p
              WHERE (p.obs_collection, p.proposal_id)
                = (dataset.obs_collection, dataset.proposal_id)),
            (SELECT proposal_title FROM \\schema.proposal AS p
              WHERE (p.obs_collection, p.proposal_id)
                = (dataset.obs_collection, dataset.proposal_id)),
            (SELECT proposal_contact FROM \\schema.proposal AS p
              WHERE (p.obs_collection, p.proposal_id)
                = (dataset.obs_collection, dataset.proposal_id))
          FROM \\schema.\datasets AS dataset) AS computed)
    </viewStatement>
  </STREAM>
</resource>

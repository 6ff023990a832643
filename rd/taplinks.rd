<resource schema="datalink" resdir="cta">
  <!-- Links as a table, for queries that find data and their files at once: IVOA note
  "Roadmap to IVOA ObsCore Extension and Discovery of High Energy Astrophysics Data" 1.0
  (proposed endorsed note, 2026-08-03), section "Datalink Table in a TAP Service". It wants the
  columns of a {links} document (DataLink 1.1, section 3.2), a key that ivoa.obscore has too,
  and knows dl_association_id as a second one. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Links of Cherenkov-telescope data as a table</meta>
  <meta name="description">What DataLink documents say about the datasets of this archive, for
    joins with ivoa.obscore.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>
  <meta name="subject">high-energy-astrophysics</meta>

  <FEED source="cta/views#macros"/>

  <table id="response" onDisk="True" adql="True">
    <meta name="title">Links to files</meta>
    <meta name="description">The files of each event list: itself, its responses, its good time
      intervals, and all of them in one file. Use it with ivoa.obscore: SELECT ... FROM
      ivoa.obscore JOIN datalink.response ON obs_publisher_did = id. The links of event bundles
      and responses, which have rows in ivoa.obscore in some archives, are those of their event
      list: JOIN datalink.response USING (dl_association_id). DataLink documents, at access_url
      of ivoa.obscore, have more: previews, services, and whether you may follow a link.</meta>
    <index columns="id" metaOnly="True"/>
    <index columns="dl_association_id" metaOnly="True"/>
    <column name="id" type="text" ucd="meta.id;meta.main" verbLevel="1" tablehead="ID"
      description="Identifier of the event list, as in obs_publisher_did of ivoa.obscore"/>
    <column original="cta/ext#associated.dl_association_id"/>
    <column name="access_url" type="text" ucd="meta.ref.url" verbLevel="1"
      tablehead="URL" displayHint="type=url" description="Address of the file"/>
    <column name="service_def" type="text" ucd="meta.ref" verbLevel="25"
      tablehead="Service"
      description="Service to call in the place of access_url; always NULL, only DataLink
        documents have services"/>
    <column name="error_message" type="text" ucd="meta.code.error" verbLevel="25"
      tablehead="Error" description="Why there is no link; always NULL"/>
    <column name="description" type="text" ucd="meta.note" verbLevel="1"
      tablehead="Description" description="What the link leads to"/>
    <column name="semantics" type="text" ucd="meta.code" verbLevel="1"
      tablehead="Semantics"
      description="Relation of the file to the event list, from the vocabulary datalink/core:
        #this, #package, #calibration (responses), #auxiliary"/>
    <column name="content_type" type="text" ucd="meta.code.mime" verbLevel="1"
      tablehead="Media type" description="Media type of the file"/>
    <column name="content_length" type="bigint" unit="byte" ucd="phys.size;meta.file"
      verbLevel="1" tablehead="Size"
      description="Size of the file; NULL for those that are made of a part of another file
        when they are fetched">
      <values nullLiteral="-1"/>
    </column>
    <column name="content_qualifier" type="text" ucd="meta.code.class" verbLevel="1"
      tablehead="Kind"
      description="Kind of product: event-list, event-bundle, or a term of the vocabulary
        response-type (aeff, edisp, psf, bkgrate), or rad_max; NULL for good time intervals"/>
    <column name="local_semantics" type="text" ucd="meta.id.assoc" verbLevel="15"
      tablehead="Product" description="Kind of product in this archive, as in cta.product"/>
    <column name="link_auth" type="text" ucd="meta.code" verbLevel="15"
      tablehead="Sign in?"
      description="Whether one must sign in to follow the link: false where everybody may fetch
        the file now, otherwise true"/>
    <column name="link_authorized" type="boolean" ucd="meta.code" verbLevel="15"
      tablehead="May I?"
      description="True where everybody may fetch the file now; NULL where it depends on who
        asks, as the table is the same for all"/>
    <!-- What a user asks of links is evaluated behind the fence (OFFSET 0), for what everybody
    may see. Only that an id equals another goes past it, to the index below: see
    iact.archive.visibility. The fence also keeps PostgreSQL, which knows nothing about the
    rows of ivoa.obscore, from preparing the links of all observations for a join. -->
    <viewStatement>
      CREATE VIEW \qName AS (
        SELECT \colNames FROM cta.obscore_row AS o CROSS JOIN LATERAL (
          SELECT o.obs_publisher_did AS id, o.obs_publisher_did AS dl_association_id,
            cta.file_url(o.obs_publisher_did, p.kind, package.path) AS access_url,
            CAST(NULL AS text) AS service_def, CAST(NULL AS text) AS error_message,
            o.obs_title || ': ' || CASE p.kind WHEN 'events' THEN 'event list'
              WHEN 'package' THEN 'the file with the event list and what comes with it'
              WHEN 'gti' THEN 'good time intervals'
              WHEN 'aeff' THEN 'effective area' WHEN 'edisp' THEN 'energy dispersion'
              WHEN 'psf' THEN 'point spread function' WHEN 'bkg' THEN 'background rate'
              WHEN 'rad_max' THEN 'radius of the signal region'
              ELSE p.kind END AS description,
            CASE p.kind WHEN 'events' THEN '#this' WHEN 'package' THEN '#package'
              WHEN 'gti' THEN '#auxiliary' ELSE '#calibration' END AS semantics,
            p.content_type,
            CASE p.kind WHEN 'package' THEN p.content_length END AS content_length,
            CASE p.kind WHEN 'events' THEN 'event-list' WHEN 'bkg' THEN 'bkgrate'
              WHEN 'gti' THEN NULL
              WHEN 'package' THEN CASE WHEN \isBundle THEN 'event-bundle' ELSE 'event-list' END
              ELSE p.kind END AS content_qualifier,
            p.kind AS local_semantics,
            CASE WHEN is_public THEN 'false' ELSE 'true' END AS link_auth,
            CASE WHEN is_public THEN true END AS link_authorized
          FROM (SELECT \isPublic AS is_public) AS rights
            CROSS JOIN cta.product AS p JOIN cta.product AS package
              ON (package.obs_collection, package.obs_id, package.event_type, package.kind)
                = (p.obs_collection, p.obs_id, p.event_type, 'package')
          WHERE (p.obs_collection, p.obs_id, p.event_type)
              = (o.obs_collection, o.obs_id, o.event_type)
            AND (o.hidden_until IS NULL
              OR o.hidden_until &lt;= (now() AT TIME ZONE 'utc'))
          OFFSET 0) AS link
        WHERE link.id = o.obs_publisher_did
          AND link.dl_association_id = o.obs_publisher_did)
    </viewStatement>
  </table>

  <data id="views" updating="True">
    <make table="response"/>
  </data>
</resource>

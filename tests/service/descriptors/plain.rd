<resource schema="plain" resdir="plain">
  <!-- A resource that knows nothing of any extension, as DaCHS's documentation has it. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Images</meta>
  <meta name="description">Invented images.</meta>
  <meta name="subject">surveys</meta>

  <table id="images" onDisk="True" adql="True">
    <mixin
      productType="'image'"
      collectionName="'PLAIN'"
      obs_id="name"
      did="'ivo://example/~?' || name"
      accessURL="'http://localhost/' || name"
      mime="'image/fits'"
      size="1"
      preview="NULL">//obscore#publish</mixin>
    <column name="name" type="text" ucd="meta.id" description="Name of the image"/>
  </table>

  <data id="import">
    <sources items="all"/>
    <embeddedGrammar>
      <iterator>
        <code>
          yield {"name": "plate-1"}
          yield {"name": "plate-2"}
        </code>
      </iterator>
    </embeddedGrammar>
    <make table="images"/>
  </data>
</resource>

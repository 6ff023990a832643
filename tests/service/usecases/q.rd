<resource schema="usecases" resdir="usecases">
  <!-- Datasets of other high-energy instruments, as those archives would publish them. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Use cases of the high-energy extension</meta>
  <meta name="description">Datasets that the use cases of the extension look for, and some
    that they must not find.</meta>
  <meta name="subject">high-energy-astrophysics</meta>

  <table id="datasets" onDisk="True" adql="True" primary="obs_publisher_did">
    <mixin>cta/ext#publish</mixin>
    <mixin>cta/hea#publishHeaLike</mixin>
    <FEED source="//obscore#obscore-columns"/>
    <FEED source="cta/hea#hea-columns"/>
  </table>

  <data id="import">
    <sources pattern="*.json"/>
    <embeddedGrammar>
      <iterator><setup imports="json,gavo.utils.pgsphere"/><code>
        with open(self.sourceToken) as stream:
          for row in json.load(stream):
            row["s_region"] = pgsphere.SPoly.fromDALI(row["s_region"])
            yield row
      </code></iterator>
    </embeddedGrammar>
    <make table="datasets"><rowmaker idmaps="*"/></make>
  </data>
</resource>

<resource schema="benchfiles" resdir="benchfiles">
  <!-- Event files as DaCHS's documentation has an operator publish them: products with the
  mixin //products#table, and a service of links and cuts; @LINKS@ is the number of links
  that a document has beside those that DaCHS makes by itself. Nothing is cut here: the
  documents are compared, which tell of as many parameters. -->
  <meta name="creationDate">2026-11-29T12:00:00Z</meta>
  <meta name="title">Event files</meta>
  <meta name="description">What the archive's links and files are compared with.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <table id="files" onDisk="True" mixin="//products#table">
    <column name="obs_id" type="text" description="Of the file"/>
  </table>

  <data id="import">
    <sources pattern="data/*"/>
    <fitsProdGrammar>
      <rowfilter procDef="//products#define">
        <bind name="table">"benchfiles.files"</bind>
        <bind name="mime">"application/fits"</bind>
        <bind name="preview">None</bind>
      </rowfilter>
    </fitsProdGrammar>
    <make table="files">
      <rowmaker><map key="obs_id">@prodtblAccref</map></rowmaker>
    </make>
  </data>

  <service id="dl" allowed="dlmeta,dlget,dlasync">
    <meta name="title">Links</meta>
    <datalinkCore>
      <descriptorGenerator procDef="//soda#fromStandardPubDID"/>
      <metaMaker semantics="#calibration">
        <code>
          for number in range(@LINKS@):
            yield descriptor.makeLink(
              f"http://localhost/{descriptor.accref}/{number}",
              description="A response", contentType="application/fits", contentLength=10000)
        </code>
      </metaMaker>
      <metaMaker semantics="#cutout">
        <code>
          for name, kind, unit, most in [
              ("CIRCLE", "double precision[3]", "deg", "228.6 -58.8 2.5"),
              ("POLYGON", "double precision[]", "deg", "228 -56 232 -56 232 -61 228 -61"),
              ("BAND", "double precision[2]", "m", "3e-18"),
              ("TIME", "double precision[2]", "d", "53090.1"),
              ("ENERGY", "double precision[2]", "TeV", "100")]:
            yield MS(InputKey, name=name, type=kind, unit=unit, multiplicity="single",
              description="Events in a region or an interval", values=MS(Values, max=most))
          for name, options in [
              ("POS", []), ("EVENT_TYPE", []),
              ("HDU", ["aeff", "bkg", "edisp", "events", "gti", "psf"])]:
            yield MS(InputKey, name=name, type="text", multiplicity="single",
              description="What the result has", values=MS(Values,
                options=[MS(Option, content_=option) for option in options]))
        </code>
      </metaMaker>
      <dataFunction><code>descriptor.data = descriptor.pubDID</code></dataFunction>
      <dataFormatter><code>return "text/plain", descriptor.data</code></dataFormatter>
    </datalinkCore>
  </service>
</resource>

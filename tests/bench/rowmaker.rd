<resource schema="benchrows" resdir="benchrows">
  <!-- The archive's own tables, filled as DaCHS's documentation has it: a grammar yields
  rows, a rowmaker for each table takes them in. -->
  <meta name="creationDate">2026-11-24T12:00:00Z</meta>
  <meta name="title">Rows by rowmakers</meta>
  <meta name="description">What the bulk path of the archive is compared with.</meta>
  <meta name="subject">surveys</meta>

  <LOOP listItems="site collection proposal processing observation obs_config gti product
      assumption provenance source_file quarantine obscore_row">
    <events>
      <table original="cta/q#\item" id="\item" onDisk="True" adql="False"/>
    </events>
  </LOOP>

  <data id="import" updating="True">
    <sources pattern="*.pickle"/>
    <embeddedGrammar isDispatching="True">
      <iterator><setup imports="pickle,re,gavo.utils.pgsphere"/><code>
        with open(self.sourceToken, "rb") as stream:
          for table, rows in pickle.load(stream).items():
            for row in rows:
              if row.get("s_region"):
                numbers = re.findall("(-?[0-9.]+)d", row["s_region"])
                row["s_region"] = pgsphere.SPoly.fromDALI(list(map(float, numbers)))
              yield table, row
      </code></iterator>
    </embeddedGrammar>
    <LOOP listItems="site collection proposal processing observation obs_config gti product
        assumption provenance source_file quarantine obscore_row">
      <events>
        <make table="\item" role="\item"><rowmaker idmaps="*"/></make>
      </events>
    </LOOP>
  </data>
</resource>

<resource schema="stock" resdir="stock">
  <!-- A table of stock DaCHS's own columns, whose answers ours are compared with. -->
  <meta name="creationDate">2026-11-29T12:00:00Z</meta>
  <meta name="title">Columns of ObsCore</meta>
  <meta name="description">A table without rows.</meta>
  <meta name="subject">surveys</meta>

  <table id="obs" onDisk="True" adql="True">
    <LOOP listItems="dataproduct_type calib_level obs_collection obs_id obs_title
        obs_publisher_did access_url access_format access_estsize target_name s_ra s_dec s_fov
        s_region s_resolution t_min t_max t_exptime t_resolution em_min em_max em_res_power
        o_ucd pol_states facility_name instrument_name">
      <events><column original="//obscore#ObsCore.\item"/></events>
    </LOOP>
  </table>

  <data id="import">
    <sources items="all"/>
    <embeddedGrammar>
      <iterator>
        <code>
          return iter(())
        </code>
      </iterator>
    </embeddedGrammar>
    <make table="obs"/>
  </data>
</resource>

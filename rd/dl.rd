<resource schema="cta" resdir="cta">
  <meta name="creationDate">2026-11-22T12:00:00Z</meta>
  <meta name="title">Access to Cherenkov-telescope data</meta>
  <meta name="description">Links to the products of each dataset, and the files.</meta>
  <meta name="subject">gamma-ray-astronomy</meta>

  <service id="links" allowed="dlmeta">
    <meta name="shortName">CTA links</meta>
    <meta name="title">Links to Cherenkov-telescope data</meta>
    <!-- In the place of DaCHS's own parameters: one refuses the media type of DataLink, the
      other answers errors with a status that DALI does not have. -->
    <inputKey name="responseformat" type="text" multiplicity="single" tablehead="Format"
      description="Media type wanted; DataLink has but one"/>
    <inputKey name="maxrec" type="text" multiplicity="single" tablehead="Rows"
      description="How many rows there may be; the rows of one dataset are never cut"/>
    <customCore module="res/iact/dachs/links"/>
  </service>

  <service id="get" allowed="custom" customPage="res/iact/dachs/files">
    <meta name="title">Files of Cherenkov-telescope data</meta>
    <nullCore/>
  </service>

  <!-- custom: at once, and the packages themselves. async: by a UWS job. -->
  <service id="package" allowed="custom,async,uws.xml" customPage="res/iact/dachs/packages">
    <meta name="shortName">CTA packages</meta>
    <meta name="title">Packages of Cherenkov-telescope data</meta>
    <meta name="description">Many datasets as one tar, which is made while it is sent.</meta>
    <customCore module="res/iact/dachs/packagejobs"/>
  </service>

  <service id="soda" allowed="dlget,dlasync">
    <meta name="shortName">CTA cuts</meta>
    <meta name="title">Cuts of Cherenkov-telescope event lists</meta>
    <meta name="description">Events in a region of the sky, a range of energies or wavelengths,
      and a time, as a complete DL3 file.</meta>
    <customCore module="res/iact/dachs/soda"/>
  </service>

  <service id="coverage" allowed="custom" customPage="res/iact/dachs/coverage">
    <meta name="title">Sky coverage of Cherenkov-telescope data</meta>
    <meta name="description">MOCs of the sky, of each collection and of the whole archive.</meta>
    <nullCore/>
  </service>
</resource>

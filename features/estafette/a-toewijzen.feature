# language: nl
@estafette @aanbieder
Functionaliteit: Toewijzen
  De gemeente wijst ondersteuning toe; de aanbieder ontvangt de toewijzing en antwoordt met een retour.

  @TW-01 @ijw @OP090 @IV028 @IV099
  Scenario: Initiële toewijzing
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090)
    En staan Afzender en Ontvanger in de retour zoals in het heenbericht (IV028)
    En is de BerichtCode van de retour 437 (IV028)

  @TW-02 @iwmo @OP090
  Scenario: Initiële toewijzing per dagdeel
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090)
    En is de BerichtCode van de retour 415 (IV028)

  @TW-04 @ijw @OP087
  Scenario: Onvolledig toewijzingsbericht
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 23-02-2026 toewijzing 900011 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 26-02-2026 een schone retour (OP087)
    En ziet de gebruiker van de aanbieder toewijzing T1 nog (OP087, eigen afleiding)

  @TW-06 @ijw @OP380
  Scenario: Verlengen: aanbieder stuurt geen stop of start
    Gegeven een aanbieder die van gemeente G1 toewijzing T8 kent
    En de levering van T8 is begonnen op 05-01-2025
    Als gemeente G1 op 12-05-2025 toewijzing T8 verlengt tot eind 31-12-2025 met RedenWijziging 04, zoals op 10-05-2025 besloten
    Dan stuurt de aanbieder uiterlijk op 15-05-2025 een schone retour (OP380)
    En stuurt de aanbieder tot en met 26-05-2025 geen bericht over T8 (OP380)

  @TW-12 @iwmo @OP258 @OP272 @IV075 @WMO588
  Scenario: Intrekken met vervolg-stop
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    En de levering van T2 is begonnen op 02-02-2026
    Als gemeente G1 op 02-03-2026 toewijzing T2 beëindigt per 13-03-2026 met RedenWijziging 05
    Dan stuurt de aanbieder uiterlijk op 05-03-2026 een schone retour (OP258)
    Als de levering van T2 door de gewijzigde toewijzing stopt op 13-03-2026
    Dan stuurt de aanbieder uiterlijk op 20-03-2026 een stopbericht over T2 (OP272)
    En noemt het stopbericht begindatum 02-02-2026, einddatum 13-03-2026 en reden 36 (WMO588)
    En is het product van het stopbericht gelijk aan dat van T2 (IV075)

  @TW-13 @iwmo @OP288
  Scenario: Intrekken na definitieve stop
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    En de levering van T2 is begonnen op 02-02-2026
    En de levering van T2 is op 13-03-2026 in overeenstemming gestopt
    Als gemeente G1 op 23-03-2026 toewijzing T2 beëindigt per 13-03-2026 met RedenWijziging 14
    Dan stuurt de aanbieder uiterlijk op 26-03-2026 een schone retour (OP288)
    En stuurt de aanbieder tot en met 30-03-2026 geen stopbericht over T2 (OP288)

  @TW-14 @ijw @OP033x1 @OP362
  Scenario: Verwijderen toewijzing
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 02-03-2026 toewijzing T1 verwijdert met RedenWijziging 13
    Dan stuurt de aanbieder uiterlijk op 05-03-2026 een schone retour (OP033x1)
    En ziet de gebruiker van de aanbieder toewijzing T1 niet meer (OP033x1)
    En stuurt de aanbieder tot en met 12-03-2026 geen bericht over T1 (OP362)

  @TW-15 @ijw @TR385
  Scenario: Verwijderen met goedgekeurde prestatie
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    En van T1 is op 02-02-2026, 09-02-2026, 16-02-2026 en 23-02-2026 telkens 3 uur geleverd
    En de aanbieder heeft op 05-03-2026 februari 2026 bij gemeente G1 gedeclareerd en alles toegekend gekregen
    Als gemeente G1 op 23-03-2026 toewijzing T1 verwijdert met RedenWijziging 13
    Dan stuurt de aanbieder uiterlijk op 26-03-2026 een retour die ToegewezenProduct afkeurt met 9385 (TR385)
    En ziet de gebruiker van de aanbieder toewijzing T1 nog (TR385)

  @TW-16 @ijw @CS335
  Scenario: Verwijderen met een einddatum na de ingangsdatum
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 02-03-2026 toewijzing T1 beëindigt per 31-01-2026 met RedenWijziging 13
    Dan stuurt de aanbieder uiterlijk op 05-03-2026 een retour die het bericht als geheel afkeurt met 0001 (CS335)

  @TW-18 @ijw @TR302 @OP259
  Scenario: Stapeling in een toewijzingsbericht
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 de toewijzingen T1 en 900012 in één bericht aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (TR302, OP259)

  @TW-19 @ijw @CD076
  Scenario: Frequentie per week zonder einddatum
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Toewijzing | einddatum | geen |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD076)

  @TW-20 @ijw @TR332
  Scenario: Dubbel toewijzingnummer
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 02-03-2026 toewijzing T1 op naam van client C3 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 05-03-2026 een retour die ToegewezenProduct afkeurt met 9332 (TR332)
    En ziet de gebruiker van de aanbieder toewijzing T1 nog (TR332)

  @TW-21 @ijw @TR379 @IV097
  Scenario: ReferentieAanbieder onterecht gevuld
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Toewijzing | referentie aanbieder | X-1 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die ToegewezenProduct afkeurt met 9379 (TR379)

  @TW-22 @iwmo @WMO588
  Scenario: Client overleden
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    En de levering van T2 is begonnen op 02-02-2026
    Als gemeente G1 op 16-03-2026 toewijzing T2 beëindigt per 12-03-2026 met RedenWijziging 02
    Dan stuurt de aanbieder uiterlijk op 19-03-2026 een schone retour (OP090)
    Als op 16-03-2026 blijkt dat de levering van T2 door overlijden definitief is gestopt op 12-03-2026
    Dan stuurt de aanbieder uiterlijk op 19-03-2026 een stopbericht over T2 (OP272)
    En noemt het stopbericht begindatum 02-02-2026, einddatum 12-03-2026 en reden 02 (WMO588)

  @TW-25 @iwmo @TR002
  Scenario: Client ouder dan 120 jaar
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | geboortedatum | 14-12-1905 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (TR002)
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | geboortedatum | 15-12-1905 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (TR002)

  @TW-26 @ijw @TR006
  Scenario: Contact zonder huis en telefoon
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Contact | huisnummer | geen |
      | Contact | postcode | B1000 |
      | Contact | land | BE |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (TR006)

  @TW-27 @ijw @TR061
  Scenario: Alleen een tijdelijk adres
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Contact | soort | 04 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (TR061)

  @TW-28 @ijw @TR134
  Scenario: Geboortedatum na de dagtekening
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Client | geboortedatum | 16-12-2025 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (TR134, eigen afleiding)

  @TW-29 @ijw @CD005
  Scenario: Postcode zonder land
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Contact | land | geen |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD005)

  @TW-30 @iwmo @CD007
  Scenario: Tolk zonder taal
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | communicatie vorm | 1 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD007)
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | communicatie vorm | 2 |
      | Client | communicatie taal | de |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD007)

  @TW-31 @ijw @CD009
  Scenario: Periode bij het adres uit de BRP
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Contact | begindatum | 01-01-2026 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD009)

  @TW-32 @ijw @CD025
  Scenario: Nederlands adres zonder huisnummer
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Contact | huisnummer | geen |
      | Contact | telefoon | 0612345678 |
      | Contact | landnummer | 0031 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD025)

  @TW-33 @ijw @CD034
  Scenario: Verblijfadres zonder postcode
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Contact | soort | 03 |
      | Contact | postcode | geen |
      | Contact | land | geen |
      | Contact | telefoon | 0612345678 |
      | Contact | landnummer | 0031 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD034)

  @TW-34 @ijw @CD041
  Scenario: Code zonder omvang
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Toewijzing | volume | geen |
      | Toewijzing | eenheid | geen |
      | Toewijzing | frequentie | geen |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD041)

  @TW-35 @ijw @CD075
  Scenario: Budget zonder einddatum
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T5 aan aanbieder A1 stuurt met
      | Toewijzing | einddatum | geen |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD075)

  @TW-36 @ijw @CD077 @CD078
  Scenario: Omvang en budget samen
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Toewijzing | budget | 100000 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD077, CD078)

  @TW-37 @ijw @CD079
  Scenario: Geen product en geen budget
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing 900017 aan aanbieder A1 stuurt met
      | Toewijzing | budget | geen |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD079)

  @TW-38 @ijw @CD080
  Scenario: Omvang zonder code
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing 900016 aan aanbieder A1 stuurt met
      | Toewijzing | volume | 3 |
      | Toewijzing | eenheid | 04 |
      | Toewijzing | frequentie | 2 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD080)

  @TW-39 @ijw @CS002
  Scenario: Burgerservicenummer dat de elfproef niet doorstaat
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Client | bsn | 999900007 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CS002)

  @TW-40 @ijw @CS003
  Scenario: Einddatum voor de ingangsdatum
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Toewijzing | einddatum | 04-01-2026 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CS003)

  @TW-41 @iwmo @CS050
  Scenario: Naamgebruik zonder naam van de partner
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | naam gebruik | 2 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CS050)

  @TW-42 @iwmo @CS318
  Scenario: Client als organisatie
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | naam gebruik | 6 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CS318)

  @TW-43 @ijw @CS089
  Scenario: Nederlandse postcode met een spatie
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Contact | postcode | 1111 AA |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CS089)

  @TW-44 @iwmo @CS139 @IV009
  Scenario: Geboortedatum met een ander gebruik
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | geboortedatum | 01-04-1953 |
      | Client | datum gebruik | 2 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CS139, IV009)
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Client | geboortedatum | 01-04-1953 |
      | Client | datum gebruik | 1 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (CS139, IV009)

  @TW-45 @ijw @CS336
  Scenario: Vervallen reden van wijziging
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 02-03-2026 toewijzing T1 beëindigt per 31-03-2026 met RedenWijziging 01
    Dan stuurt de aanbieder uiterlijk op 05-03-2026 een retour die het bericht als geheel afkeurt met 0001 (CS336)

  @TW-46 @iwmo @CS338
  Scenario: Dagdeel per dag
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Toewijzing | frequentie | 1 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CS338)

  @TW-47 @ijw @TR381
  Scenario: Productcode die niet bij de categorie past
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing 900032 aan aanbieder A1 stuurt met
      | Toewijzing | categorie | 45 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die ToegewezenProduct afkeurt met S329 (TR381)

  @TW-48 @iwmo @alleen-deze-wet @TR302 @OP259
  Scenario: Overlap mag bij hulpmiddelen
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 de toewijzingen 900050 en 900051 in één bericht aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (TR302, OP259)

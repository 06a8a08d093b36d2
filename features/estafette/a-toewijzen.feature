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
  Scenario: Initiële toewijzing Wmo
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090)
    En is de BerichtCode van de retour 415 (IV028)

  @TW-12 @iwmo @OP258 @OP272 @WMO588
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
    Als gemeente G1 toewijzing T1 zonder einddatum aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met 0001 (CD076)

  @TW-21 @ijw @TR379 @IV097
  Scenario: ReferentieAanbieder onterecht gevuld
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 met ReferentieAanbieder X-1 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die ToegewezenProduct afkeurt met 9379 (TR379)

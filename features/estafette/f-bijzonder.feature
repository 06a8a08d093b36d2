# language: nl
@estafette @aanbieder
Functionaliteit: Retour en bijzondere situaties
  Waar een bericht vandaan komt, hoeveel tijd er is, en wat er in het leven van een client gebeurt.

  @RT-04 @ijw @TR378
  Scenario: Onbekende gemeentecode
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Kop | afzender | 9999 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met S300 (TR378)

  @RT-08 @ijw @OP090 @klok
  Scenario: Feestdag in de termijn
    Gegeven een aanbieder die nog geen toewijzingen kent
    Als gemeente G1 op 22-05-2026 toewijzing T1 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 28-05-2026 een schone retour (OP090)

  @RT-11 @ijw @TR378
  Scenario: Vervallen gemeentecode
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Kop | afzender | 0501 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een retour die het bericht als geheel afkeurt met S300 (TR378)

  @RT-12 @ijw @vanaf-3.2 @TR378
  Scenario: Vervallen gemeentecode bij een toewijzing van toen
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    En de aanbieder had met de vroegere gemeente 0501 een contract voor product JU
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt met
      | Kop        | afzender     | 0501       |
      | Toewijzing | ingangsdatum | 01-06-2022 |
      | Toewijzing | einddatum    | 31-12-2022 |
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (TR378)

  @SP-02 @ijw @iwmo @beide @IV089 @JZ588
  Scenario: Declareren rond de achttiende verjaardag
    Gegeven een aanbieder die van gemeente G1 toewijzing J18 kent
    En de levering van J18 is begonnen op 05-01-2026
    Als gemeente G1 op 02-04-2026 toewijzing J18 beëindigt per 09-04-2026 met RedenWijziging 06
    Dan stuurt de aanbieder uiterlijk op 08-04-2026 een schone retour (OP090)
    Als gemeente G1 op 02-04-2026 toewijzing W18 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 08-04-2026 een schone retour (OP090)
    Als van J18 op 07-04-2026 telkens 3 uur is geleverd
    En de levering van J18 door de gewijzigde toewijzing stopt op 09-04-2026
    Dan stuurt de aanbieder uiterlijk op 16-04-2026 een stopbericht over J18 (OP272, eigen afleiding)
    En noemt het stopbericht begindatum 05-01-2026, einddatum 09-04-2026 en reden 39 (JZ588, eigen afleiding)
    Als de levering van W18 begint op 10-04-2026
    Dan stuurt de aanbieder uiterlijk op 17-04-2026 een startbericht over W18 (OP271)
    Als van W18 op 14-04-2026, 21-04-2026 en 28-04-2026 telkens 3 uur is geleverd
    En de aanbieder op 05-05-2026 april 2026 bij gemeente G1 declareert
    Dan declareert de aanbieder J18 van 01-04-2026 t/m 09-04-2026 voor 3 uur en 26172 eurocent (IV089)
    En declareert de aanbieder W18 van 10-04-2026 t/m 30-04-2026 voor 9 uur en 78516 eurocent (IV089)

  @SP-05 @iwmo @WMO002 @WMO588
  Scenario: Verhuizing
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    En de levering van T2 is begonnen op 02-02-2026
    Als gemeente G1 op 15-04-2026 toewijzing T2 beëindigt per 14-04-2026 met RedenWijziging 07
    Dan stuurt de aanbieder uiterlijk op 20-04-2026 een schone retour (WMO002)
    Als op 15-04-2026 blijkt dat de levering van T2 door verhuizing definitief is gestopt op 14-04-2026
    Dan stuurt de aanbieder uiterlijk op 21-04-2026 een stopbericht over T2 (OP272)
    En noemt het stopbericht begindatum 02-02-2026, einddatum 14-04-2026 en reden 31 (WMO588)

# language: nl
@estafette @aanbieder
Functionaliteit: Verzoek om wijziging
  De aanbieder vraagt een gemeente om lopende zorg te wijzigen; het verzoek noemt alles wat voor de client is toegewezen.

  @VW-04 @ijw @OP288 @OP363
  Scenario: Stop en start na een gewijzigde omvang
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    En de levering van T1 is begonnen op 05-01-2026
    En de aanbieder heeft op 11-05-2026 bij gemeente G1 verzoek V3 ingediend
    Als gemeente G1 op 18-05-2026 op verzoek V3 toewijzing T1 beëindigt per 14-06-2026 met RedenWijziging 12 en TN toewijst
    Dan stuurt de aanbieder uiterlijk op 21-05-2026 een schone retour (OP090)
    Als de levering van T1 door de gewijzigde toewijzing stopt op 14-06-2026
    Dan stuurt de aanbieder uiterlijk op 19-06-2026 een stopbericht over T1 (OP288)
    En noemt het stopbericht begindatum 05-01-2026, einddatum 14-06-2026 en reden 37 (OP288)
    Als de levering van TN begint op 19-06-2026
    Dan stuurt de aanbieder uiterlijk op 26-06-2026 een startbericht over TN (OP363)
    En noemt het startbericht begindatum 19-06-2026 en is het een eerste aanlevering (OP363)

  @VW-19 @ijw @IV092 @OP308 @TR411
  Scenario: Volledig verzoek om wijziging
    Gegeven een aanbieder die van gemeente G1 de toewijzingen T1 en 900013 kent
    Als de gebruiker op 11-05-2026 bij gemeente G1 verzoek V1 indient
    Dan stuurt de aanbieder uiterlijk op 11-05-2026 verzoek V1 aan gemeente G1 (IV092)
    En laat verzoek V1 alleen T1 ongewijzigd (IV092, OP308)
    En vraagt verzoek V1 voor 900013 vanaf 15-06-2026 t/m 31-12-2026 3 eenheden, verder als toegewezen (TR411)

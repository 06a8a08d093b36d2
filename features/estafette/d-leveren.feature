# language: nl
@estafette @aanbieder
Functionaliteit: Leveren
  De aanbieder meldt de gemeente dat de levering van een toegewezen product begint.

  @LV-01 @ijw @OP271 @IV075
  Scenario: Start na toewijzing
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als de levering van T1 begint op 05-01-2026
    Dan stuurt de aanbieder uiterlijk op 12-01-2026 een startbericht over T1 (OP271)
    En noemt het startbericht begindatum 05-01-2026 en is het een eerste aanlevering
    En is het product van het startbericht gelijk aan dat van T1 (IV075)

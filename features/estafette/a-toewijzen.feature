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

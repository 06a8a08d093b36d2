# language: nl
@estafette @aanbieder @revisie @alleen
Functionaliteit: Een revisie binnen een venster
  Een revisie heeft de schema's van de uitgave die zij herziet. Van 02-02-2026 tot en met 30-04-2026 gelden oude en nieuwe
  regels naast elkaar, en gaat elke partij over op een dag van haar keuze. Afkeuringen volgen uit de volgorde.
  Deze revisie (docs/proposals) laat de einddatum vrij bij een omvang per week; de oude uitgave vraagt er een (CD076).

  @UR-01 @iwmo @CD076
  Scenario: De gemeente eerst: wat alleen de revisie toestaat, is nog afgekeurd
    Gegeven de aanbieder gaat op 02-03-2026 over op de nieuwe uitgave
    En gemeente G1 gaat op 09-02-2026 over op de nieuwe uitgave
    En een aanbieder die nog geen toewijzingen kent
    En het is vandaag 23-02-2026
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Toewijzing | einddatum | geen |
    Dan stuurt de aanbieder uiterlijk op 26-02-2026 een retour die het bericht als geheel afkeurt met 0001 (CD076)

  @UR-02 @iwmo @OP090 @CD076
  Scenario: De aanbieder is ook over: hetzelfde is goed
    Gegeven de aanbieder gaat op 02-03-2026 over op de nieuwe uitgave
    En gemeente G1 gaat op 09-02-2026 over op de nieuwe uitgave
    En een aanbieder die nog geen toewijzingen kent
    En het is vandaag 04-03-2026
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt met
      | Toewijzing | einddatum | geen |
    Dan stuurt de aanbieder uiterlijk op 09-03-2026 een schone retour (OP090, CD076)

  @UR-03 @iwmo @OP090 @OP271
  Scenario: De aanbieder eerst: wat de oude uitgave toestaat, blijft goed
    Gegeven de aanbieder gaat op 02-03-2026 over op de nieuwe uitgave
    En gemeente G1 gaat op 30-03-2026 over op de nieuwe uitgave
    En een aanbieder die van gemeente G1 toewijzing T2 kent
    Als de levering van T2 begint op 09-03-2026
    Dan stuurt de aanbieder uiterlijk op 16-03-2026 een startbericht over T2 (OP271)

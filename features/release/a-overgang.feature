# language: nl
@estafette @aanbieder @overgang
Functionaliteit: De overgang naar een nieuwe uitgave
  Alle partijen gaan op één moment over. Live is maandag 02-03-2026 om 13:00 uur: tot woensdag 25-02 17:00 gaan heenberichten
  van de oude uitgave door, tot donderdag 26-02 13:00 antwoorden, daarna is het stil. Wat eerder is gewisseld, blijft gelden.

  @UO-01 @iwmo @OP090 @IB014
  Scenario: Voor de stilte alleen de oude uitgave
    Gegeven de aanbieder gaat op 02-03-2026 over op de nieuwe uitgave
    En een aanbieder die van gemeente G1 toewijzing T2 kent
    Als de levering van T2 begint op 02-02-2026
    Dan stuurt de aanbieder uiterlijk op 09-02-2026 een startbericht over T2 (OP271, IB014)
    En is het laatste bericht van de aanbieder van de oude uitgave (IB014)

  # Wat nu niet is beantwoord, wordt een gebroken berichtenpaar: daarna weigert het knooppunt de retour in beide uitgaven.
  @UO-02 @iwmo @OP090 @IB014
  Scenario: De laatste toewijzing voor de stilte is beantwoord voor de stilte
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 25-02-2026
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 26-02-2026 een schone retour (OP090, IB014)
    En is het laatste bericht van de aanbieder van de oude uitgave (IB014)

  @UO-03 @iwmo @OP271 @IB014
  Scenario: Wat in de stilte gebeurt, is erna in de nieuwe uitgave gemeld
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    Als de levering van T2 begint op 27-02-2026
    Dan stuurt de aanbieder uiterlijk op 06-03-2026 een startbericht over T2 (OP271, IB014)
    En is het laatste bericht van de aanbieder van de nieuwe uitgave (IB014)

  @UO-04 @iwmo @OP272 @IB014
  Scenario: Een levering die in de oude uitgave begon, eindigt in de nieuwe
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    En de levering van T2 is begonnen op 02-02-2026
    Als de levering van T2 in overeenstemming stopt op 13-03-2026
    Dan stuurt de aanbieder uiterlijk op 20-03-2026 een stopbericht over T2 (OP272, IB014)
    En noemt het stopbericht begindatum 02-02-2026, einddatum 13-03-2026 en reden 23 (WMO588)
    En is het laatste bericht van de aanbieder van de nieuwe uitgave (IB014)

  @UO-05 @ijw @OP033x1 @IB014
  Scenario: Een toewijzing van de oude uitgave is in de nieuwe verwijderd
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 09-03-2026 toewijzing T1 verwijdert met RedenWijziging 13
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een schone retour (OP033x1, IB014)
    En is het laatste bericht van de aanbieder van de nieuwe uitgave (IB014)
    En ziet de gebruiker van de aanbieder toewijzing T1 niet meer (OP033x1)

  @UO-06 @ijw @TR332 @IB014
  Scenario: Een nummer van de oude uitgave is ook in de nieuwe bezet
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 09-03-2026 toewijzing T1 op naam van client C3 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een retour die ToegewezenProduct afkeurt met 9332 (TR332, IB014)
    En is het laatste bericht van de aanbieder van de nieuwe uitgave (IB014)

  @UO-07 @ijw @IV089 @IB014
  Scenario: Wat voor de overgang is geleverd, is erna in de nieuwe uitgave gedeclareerd
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    En van T1 is op 02-02-2026, 09-02-2026, 16-02-2026 en 23-02-2026 telkens 3 uur geleverd
    Als de aanbieder op 05-03-2026 februari 2026 bij gemeente G1 declareert
    Dan declareert de aanbieder T1 van 01-02-2026 t/m 28-02-2026 voor 12 uur en 104688 eurocent (IV089, IB014)
    En is het laatste bericht van de aanbieder van de nieuwe uitgave (IB014)

  @UO-08 @ijw @OP090 @IB014
  Scenario: Een verzoek van voor de stilte, in de nieuwe uitgave beantwoord
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 23-02-2026 bij gemeente G1 verzoek R1 ingediend
    Als gemeente G1 op 09-03-2026 verzoek R1 afwijst met reden 7
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een schone retour (OP090, IB014)
    En is het laatste bericht van de aanbieder van de nieuwe uitgave (IB014)

  @UO-09 @iwmo @OP090 @IB014
  Scenario: Wat het knooppunt na de overgang weigert, is opnieuw verzonden in de nieuwe uitgave
    Gegeven een aanbieder die nog geen toewijzingen kent
    Als gemeente G1 op 04-03-2026 toewijzing T2 nog in de oude uitgave stuurt, wat het knooppunt weigert
    En gemeente G1 op 05-03-2026 toewijzing T2 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 10-03-2026 een schone retour (OP090, IB014)
    En is het laatste bericht van de aanbieder van de nieuwe uitgave (IB014)

  @UO-10 @iwmo @OP271 @IB014
  Scenario: Een gebroken berichtenpaar: de retour van na de overgang komt niet aan
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    En gemeente G1 beantwoordt het startbericht over T2 niet
    En de levering van T2 is begonnen op 23-02-2026
    Als gemeente G1 het startbericht over T2 op 04-03-2026 alsnog in de nieuwe uitgave beantwoordt, wat het knooppunt weigert
    Dan stuurt de aanbieder tot en met 09-03-2026 geen bericht over T2 (IB014, eigen afleiding)

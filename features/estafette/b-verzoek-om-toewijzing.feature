# language: nl
@estafette @aanbieder
Functionaliteit: Verzoek om toewijzing
  De aanbieder vraagt een gemeente om een product toe te wijzen; de gemeente wijst toe, onderzoekt of wijst af.

  @VT-08 @ijw @alleen-deze-wet @TR347 @TR056 @OP359
  Scenario: Opnieuw vragen bij de juiste gemeente
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    Als gemeente G1 op 09-03-2026 verzoek R1 afwijst met reden 8 en naar gemeente G2 verwijst
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een schone retour (OP359)
    Als de gebruiker op 12-03-2026 bij gemeente G2 verzoek R2 indient
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 verzoek R2 aan gemeente G2 (OP359, TR056)
    En heeft verzoek R2 een andere ReferentieAanbieder en een andere Identificatie dan verzoek R1 (TR347, TR056)

  @VT-09 @ijw @alleen-deze-wet @TR377
  Scenario: Reden 8 zonder gemeente
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    Als gemeente G1 op 09-03-2026 verzoek R1 afwijst met reden 8
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een retour die het bericht als geheel afkeurt met 0001 (TR377)

  @VT-13 @ijw @TR359
  Scenario: Antwoord na toewijzing
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    En gemeente G1 heeft verzoek R1 op 09-03-2026 gehonoreerd met toewijzing TV
    Als gemeente G1 op 16-03-2026 verzoek R1 afwijst met reden 7
    Dan stuurt de aanbieder uiterlijk op 19-03-2026 een retour die Antwoord afkeurt met 9359 (TR359)

  @VT-14 @ijw @TR360
  Scenario: Tweede keer onderzoek
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    En gemeente G1 heeft verzoek R1 op 09-03-2026 in onderzoek genomen
    Als gemeente G1 op 16-03-2026 verzoek R1 in onderzoek neemt
    Dan stuurt de aanbieder uiterlijk op 19-03-2026 een retour die Antwoord afkeurt met 9360 (TR360)

  @VT-15 @ijw @TR365
  Scenario: Antwoord na afwijzing
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    En gemeente G1 heeft verzoek R1 op 09-03-2026 afgewezen met reden 7
    Als gemeente G1 op 16-03-2026 verzoek R1 afwijst met reden 7
    Dan stuurt de aanbieder uiterlijk op 19-03-2026 een retour die Antwoord afkeurt met 9365 (TR365)

  @VT-16 @ijw @TR355
  Scenario: Antwoord op een onbekende referentie
    Gegeven een aanbieder die nog geen toewijzingen kent
    Als gemeente G1 op 09-03-2026 een verzoek over client C1 dat nooit is ingediend afwijst met reden 7
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een retour die Antwoord afkeurt met 9355 (TR355)

  @VT-17 @iwmo @alleen-deze-wet @CD043 @IV052 @OP307
  Scenario: Verzoek op een open beschikking
    Gegeven een aanbieder die nog geen toewijzingen kent
    Als de gebruiker op 02-03-2026 bij gemeente G1 verzoek R77 indient
    Dan stuurt de aanbieder uiterlijk op 02-03-2026 verzoek R77 aan gemeente G1 (OP307)
    En noemt verzoek R77 beschikking 77001 van 02-02-2026 (CD043, IV052)

  @VT-28 @ijw @CD085
  Scenario: Afwijzing zonder reden
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    Als gemeente G1 op 09-03-2026 verzoek R1 afwijst zonder reden
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een retour die het bericht als geheel afkeurt met 0001 (CD085)

  @VT-29 @ijw @CD086
  Scenario: Onderzoek met reden
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    Als gemeente G1 op 09-03-2026 verzoek R1 in onderzoek neemt met reden 7
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een retour die het bericht als geheel afkeurt met 0001 (CD086)

  @VT-30 @ijw @alleen-deze-wet @TR409
  Scenario: Gemeente bij een andere reden
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    Als gemeente G1 op 09-03-2026 verzoek R1 afwijst met reden 7 en naar gemeente G2 verwijst
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een retour die het bericht als geheel afkeurt met 0001 (TR409)

  @VT-31 @ijw @alleen-deze-wet @TR378
  Scenario: Onbekende gemeente in het woonplaatsbeginsel
    Gegeven een aanbieder die nog geen toewijzingen kent
    En de aanbieder heeft op 02-03-2026 bij gemeente G1 verzoek R1 ingediend
    Als gemeente G1 op 09-03-2026 verzoek R1 afwijst met reden 8 en naar gemeente 9999 verwijst
    Dan stuurt de aanbieder uiterlijk op 12-03-2026 een retour die Woonplaatsbeginsel afkeurt met S300 (TR378)

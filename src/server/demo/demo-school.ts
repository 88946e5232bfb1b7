/** Northfield, the school of the demo: who is there, what is taught, what was said. Times are relative to a start. */
import type { LiveSessionStatus, Role } from '../../contract/model.ts'

/** The person the demo signs in as with one click. */
export const demoPerson = { displayName: 'Maya Okafor', email: 'maya.okafor@northfield.example' }

export const emailOf = (name: string) =>
  `${name
    .normalize('NFD')
    .replace(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replace(/ +/g, '.')}@northfield.example`

const named = (role: Role, names: string) => names.split(', ').map((name) => ({ name, role }))

export const people: readonly { readonly name: string; readonly role: Role }[] = [
  ...named(
    'instructor',
    'Maya Okafor, Daniel Reyes, Ingrid Solberg, Thomas Brandt, Aisha Rahman, Kenji Watanabe, Lucía Fernández, Samuel Osei',
  ),
  ...named('admin', 'Helen Marsh'),
  ...named('assistant', 'Priya Nair, Jonas Lindqvist, Chloe Martin, Mateusz Kowalski'),
  ...named(
    'learner',
    [
      'Noah Bennett, Amara Diallo, Leo Schneider, Sofia Rossi, Ethan Clarke, Zainab Hussein, Oliver Hughes',
      'Mei Lin, Gabriel Santos, Hannah Weiss, Yusuf Demir, Emily Turner, Arjun Mehta, Freya Nielsen',
      'Lucas Moreau, Nia Campbell, Viktor Petrov, Isabella Costa, Omar Haddad, Grace Kim, Elias Virtanen',
      'Chiamaka Eze, Hugo Dubois, Anya Sokolova, Liam O’Connor, Fatima Zahra, Marco Bianchi, Ruby Patel',
      'Tariq Aziz, Elena Popescu, Jack Wilson, Sana Malik, Felix Wagner, Thandiwe Dlamini, Ben Carter',
      'Nora Haugen, Diego Vargas, Lily Chen, Kwame Mensah, Julia Novak',
    ].join(', '),
  ),
]

export interface DemoSession {
  readonly title: string
  readonly course: string
  readonly description: string
  readonly host: string
  readonly status: LiveSessionStatus
  /** Planned start, minutes from the demo's first start; negative is before it. */
  readonly start: number
  readonly minutes: number
  /** How many learners took part. */
  readonly learners: number
  /** `0: text` is said by the host, `n: text` by the n-th learner who took part. */
  readonly chat: readonly string[]
}

const HOUR = 60
const DAY = 24 * HOUR

export const sessions: readonly DemoSession[] = [
  {
    title: 'Organic Chemistry II: reaction mechanisms',
    course: 'CHEM 232',
    description:
      'Nucleophilic substitution and elimination side by side: how substrate, base and solvent decide between SN1, SN2, E1 and E2. Bring last week’s problem set.',
    host: 'Maya Okafor',
    status: 'live',
    start: -25,
    minutes: 4 * HOUR,
    learners: 14,
    chat: [
      '0: Good morning everyone! We start with question 4 of the problem set, the bromocyclohexane one.',
      '1: Good morning',
      '3: Morning! Is this being graded?',
      '0: No, this is practice. Guess freely.',
      '2: For 4b I got E2, because tert-butoxide is too bulky for SN2?',
      '0: Exactly right, and the beta hydrogen has to be anti-periplanar. Who can say why that matters in a ring?',
      '5: Both have to be axial',
      '5: so it has to go through the less stable chair first',
      '0: Perfect. That is the whole trick of 4c.',
      '7: Could you draw the chair flip once more? I lost the axial bromine',
      '0: Of course, second sheet, one moment.',
      '7: Thank you, that helped',
      '9: Does the solvent change anything here? We are in DMSO',
      '0: Good question. A polar aprotic solvent leaves the base naked, so it is even stronger. Keep that for question 6.',
      '4: So for 6 with ethanol it would be slower?',
      '0: Slower, and SN1 starts to compete. Try it for five minutes, then we compare.',
    ],
  },
  {
    title: 'Linear Algebra: eigenvalues you can see',
    course: 'MATH 210',
    description:
      'What a matrix does to a picture, and which directions it leaves alone. With drawing, little algebra.',
    host: 'Kenji Watanabe',
    status: 'live',
    start: -40,
    minutes: 4 * HOUR,
    learners: 11,
    chat: [
      '0: The stretched cat is on the screen. Which direction did not turn?',
      '2: the diagonal one?',
      '0: Yes! And its length doubled, so the eigenvalue is…',
      '6: 2',
      '1: What if nothing keeps its direction, like a rotation?',
      '0: Then there is no real one. Hold that thought for Thursday.',
    ],
  },
  {
    title: 'Academic writing clinic',
    course: 'WRIT 101',
    description: 'Bring one paragraph that bothers you. We mend it together, in the open.',
    host: 'Chloe Martin',
    status: 'live',
    start: -15,
    minutes: 4 * HOUR,
    learners: 6,
    chat: [
      '0: Whoever wants to go first: paste your paragraph here.',
      '1: It has been widely acknowledged by many scholars that climate is changing.',
      '0: Brave, thank you. Who acknowledges it? Start the sentence with them.',
      '1: “Ninety-seven per cent of climate scientists agree” then?',
      '0: Shorter, and it says more. Cite it and it is done.',
    ],
  },
  {
    title: 'Cell biology lab: reading a gel',
    course: 'BIOL 118',
    description:
      'Yesterday’s gels, scanned. What the ladder tells, what a smear means, when to run it again.',
    host: 'Aisha Rahman',
    status: 'live',
    start: -55,
    minutes: 4 * HOUR,
    learners: 9,
    chat: [
      '0: Group three, your lane 5 is the interesting one.',
      '4: We think it is degraded, it smears all the way down',
      '0: Agreed. How warm was your bench?',
      '4: Very, we were next to the window',
      '2: Ours looks the same and we were not at the window',
      '0: Then look at how often you thawed it.',
    ],
  },
  {
    title: 'Organic Chemistry II: spectroscopy workshop',
    course: 'CHEM 232',
    description: 'From peaks to structure: six unknowns, IR and proton NMR, in pairs.',
    host: 'Maya Okafor',
    status: 'upcoming',
    start: 3 * HOUR,
    minutes: 90,
    learners: 0,
    chat: [],
  },
  {
    title: 'Office hours: organic chemistry',
    course: 'CHEM 232',
    description: 'Questions from the problem set, in the order you come.',
    host: 'Maya Okafor',
    status: 'upcoming',
    start: DAY + 2 * HOUR,
    minutes: 60,
    learners: 0,
    chat: [],
  },
  {
    title: 'Modern Europe: the year 1848',
    course: 'HIST 155',
    description:
      'Five revolutions in one spring, and why most of them failed by autumn. Read the two letters first.',
    host: 'Ingrid Solberg',
    status: 'upcoming',
    start: 90,
    minutes: 75,
    learners: 0,
    chat: [],
  },
  {
    title: 'Introductory Statistics: confidence intervals',
    course: 'STAT 120',
    description: 'What “95 per cent confident” does and does not mean, by simulating it two hundred times.',
    host: 'Daniel Reyes',
    status: 'upcoming',
    start: 5 * HOUR,
    minutes: 60,
    learners: 0,
    chat: [],
  },
  {
    title: 'Data Structures: balanced trees',
    course: 'CS 201',
    description: 'Rotations by hand before rotations in code. Red and black pens needed.',
    host: 'Thomas Brandt',
    status: 'upcoming',
    start: DAY,
    minutes: 90,
    learners: 0,
    chat: [],
  },
  {
    title: 'Spanish B1: conversation hour',
    course: 'SPAN 203',
    description: 'Planes para el fin de semana. No slides, no grammar, only talking.',
    host: 'Lucía Fernández',
    status: 'upcoming',
    start: DAY + 5 * HOUR,
    minutes: 60,
    learners: 0,
    chat: [],
  },
  {
    title: 'Macroeconomics: inflation in practice',
    course: 'ECON 102',
    description: 'Build a basket of goods for a student flat and follow its price through ten years.',
    host: 'Samuel Osei',
    status: 'upcoming',
    start: 2 * DAY,
    minutes: 75,
    learners: 0,
    chat: [],
  },
  {
    title: 'Organic Chemistry II: carbonyl chemistry',
    course: 'CHEM 232',
    description: 'Addition to the carbonyl group, from hydrates to acetals, and what protects what.',
    host: 'Maya Okafor',
    status: 'upcoming',
    start: 3 * DAY,
    minutes: 90,
    learners: 0,
    chat: [],
  },
  {
    title: 'Cell biology: signalling pathways',
    course: 'BIOL 118',
    description: 'From receptor to nucleus in nine steps, and where each of them breaks in disease.',
    host: 'Aisha Rahman',
    status: 'upcoming',
    start: 4 * DAY + 2 * HOUR,
    minutes: 75,
    learners: 0,
    chat: [],
  },
  {
    title: 'Organic Chemistry II: alkenes and addition',
    course: 'CHEM 232',
    description: 'Markovnikov, anti-Markovnikov, and how to tell in advance which one you get.',
    host: 'Maya Okafor',
    status: 'ended',
    start: -2 * DAY,
    minutes: 90,
    learners: 16,
    chat: [
      '0: Today: where does the hydrogen go?',
      '3: To the carbon that already has more of them',
      '0: The rich get richer. Now with peroxide?',
      '8: The other way round, because it is a radical',
      '1: That finally makes sense, thank you',
    ],
  },
  {
    title: 'Organic Chemistry II: stereochemistry',
    course: 'CHEM 232',
    description: 'R and S without tears: model kits on the desk, please.',
    host: 'Maya Okafor',
    status: 'ended',
    start: -7 * DAY,
    minutes: 90,
    learners: 15,
    chat: [
      '2: My model fell apart, is it still chiral?',
      '0: It is now four separate problems. Put it together, you have time.',
      '6: Meso compounds are the ones with a mirror inside, right?',
      '0: Right, look for the plane before you count centres.',
    ],
  },
  {
    title: 'Office hours: organic chemistry',
    course: 'CHEM 232',
    description: 'Questions from the problem set, in the order you come.',
    host: 'Maya Okafor',
    status: 'ended',
    start: -6 * DAY,
    minutes: 60,
    learners: 5,
    chat: ['1: Is problem 3 a typo?', '0: It is, the second chlorine should not be there. Sorry!'],
  },
  {
    title: 'Linear Algebra: determinants as area',
    course: 'MATH 210',
    description: 'One number that says how much a matrix grows a square.',
    host: 'Kenji Watanabe',
    status: 'ended',
    start: -3 * DAY,
    minutes: 75,
    learners: 12,
    chat: ['4: So zero means it got squashed flat?', '0: Flat, and there is no way back. Hence no inverse.'],
  },
  {
    title: 'Introductory Statistics: reading a scatter plot',
    course: 'STAT 120',
    description: 'Correlation by eye, then by number. Bring a plot from a newspaper.',
    host: 'Daniel Reyes',
    status: 'ended',
    start: -5 * DAY,
    minutes: 60,
    learners: 10,
    chat: ['2: Mine has no axis labels at all', '0: Then it is decoration. Next one!'],
  },
  {
    title: 'Modern Europe: railways and the nation',
    course: 'HIST 155',
    description: 'How a timetable made a country.',
    host: 'Ingrid Solberg',
    status: 'ended',
    start: -4 * DAY,
    minutes: 75,
    learners: 9,
    chat: ['5: Did every town really have its own time?', '0: Every one. Bring a watch to 1840 and despair.'],
  },
  {
    title: 'Data Structures: hash tables',
    course: 'CS 201',
    description: 'Collisions are normal. What to do about them, with three answers and their prices.',
    host: 'Thomas Brandt',
    status: 'ended',
    start: -DAY - 3 * HOUR,
    minutes: 90,
    learners: 13,
    chat: [
      '1: When do we resize?',
      '0: Before it hurts: at about seventy per cent full.',
      '7: The demo was great',
    ],
  },
  {
    title: 'Spanish B1: at the market',
    course: 'SPAN 203',
    description: 'Numbers, fruit and polite complaints.',
    host: 'Lucía Fernández',
    status: 'ended',
    start: -8 * DAY,
    minutes: 60,
    learners: 7,
    chat: ['3: ¿Cuánto cuesta medio kilo?', '0: ¡Muy bien! Y ahora, regatea.'],
  },
  {
    title: 'Macroeconomics: what is money?',
    course: 'ECON 102',
    description: 'Shells, notes, entries in a ledger: what they have in common.',
    host: 'Samuel Osei',
    status: 'ended',
    start: -9 * DAY,
    minutes: 75,
    learners: 8,
    chat: ['2: So it is all trust?', '0: Trust with arithmetic.'],
  },
  {
    title: 'Cell biology: membranes',
    course: 'BIOL 118',
    description: 'Two layers of fat and everything that happens between them.',
    host: 'Aisha Rahman',
    status: 'ended',
    start: -10 * DAY,
    minutes: 75,
    learners: 11,
    chat: ['1: Why do the tails turn inwards?', '0: Because water would rather be with water. Draw it once.'],
  },
  {
    title: 'Academic writing: the first page',
    course: 'WRIT 101',
    description: 'One question, one claim, one reason to read on.',
    host: 'Chloe Martin',
    status: 'ended',
    start: -11 * DAY,
    minutes: 60,
    learners: 6,
    chat: ['4: Can the claim come second?', '0: It can, if the question is good enough to wait for it.'],
  },
  {
    title: 'Exam preparation: general chemistry',
    course: 'CHEM 110',
    description: 'Last year’s paper, question by question.',
    host: 'Priya Nair',
    status: 'ended',
    start: -12 * DAY,
    minutes: 120,
    learners: 14,
    chat: [
      '0: We will do the buffer question twice, once fast and once properly.',
      '9: Twice properly please',
      '0: Fair.',
    ],
  },
]

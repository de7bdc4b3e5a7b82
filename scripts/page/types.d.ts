/**
 * The types that the modules of the page share, and long ones of a single module. They are for the
 * checker: no browser loads them.
 */

/* The setting. */

interface Points {
  t: number[];
  y: number[];
}

/** The points of the roller coaster, which the service draws. */
interface Synthetic {
  points: number;
  noise: number;
  seed: number;
}

type Scale = "standardize" | "none" | "orthonormal";

/**
 * A number, with the part of the limit from which it was computed; a part of the limit; or the best
 * rate. If the best rate cannot be computed, it is the one with the lowest loss among those tried.
 */
type Rate = { lr: number; part?: number } | { part: number } | "best";

type Optimizer = "sgd" | "momentum" | "nesterov" | "adam" | "adamw" | "rmsprop";
type Schedule = "constant" | "step" | "cosine" | "one_cycle";

interface Method {
  model: "polynomial" | "network";
  degree: number;
  optimizer: Optimizer;
  /** The main number of the optimizer, if it has one. */
  amount: number | null;
  /** The number of points that each step sees, or null if it sees all of them. */
  batch: number | null;
  schedule: Schedule;
}

interface Setting extends Method {
  synthetic: Synthetic;
  /** The user's own. If they are null, the service draws `synthetic` ones. */
  points: Points | null;
  /** The date or the number from which the user's t are counted, or an empty text. */
  since: string;
  /** If it is null, the service draws it. */
  start: Params | null;
  /** The number of steps that led to `start`. */
  walked: number;
  rate: Rate;
  steps: number;
  scale: Scale;
}

/* The curves. */

/** They are named a, b, c, ... from the highest power down. */
type Coefficients = Record<string, number>;

interface Layer {
  weight: number[][];
  bias: number[];
}

interface Network {
  layers: Layer[];
}

type Params = Coefficients | Network;

/* The answers of the service. */

/** The records of the coefficients: one column for each. */
type Columns = Record<string, number[]>;

/** A direction of the loss. */
interface Mode {
  eigenvalue: number;
  multiplier: number | null;
  start: number;
  direction: Record<string, number>;
}

interface KnownMode extends Mode {
  multiplier: number;
}

/** What predicts each loss before the first step. */
interface Foreseen {
  /** The loss of the best fit. */
  lowest: number;
  /** The directions that move. */
  directions: KnownMode[];
}

interface Analysis {
  basis: string;
  modes: Mode[];
  lr_limit: number | null;
  lr_no_bounce: number | null;
  lr_best: number | null;
  steps_to_one_percent: Record<string, number | null> | null;
}

interface Verdict {
  rate: string;
  reach: string;
  message: Record<string, string>;
  facts: Record<string, any>;
  suggestion: Record<string, any> | null;
}

interface ResolvedOptimizer {
  kind: string;
  momentum?: number;
}

interface Optimum {
  params: Params;
  loss: number;
  r2: number | null;
}

interface Records {
  step: number[];
  loss: number[];
  params: Columns | Params[];
  /** They are empty if they are not known. */
  gradients: Columns;
}

interface RunAnswer {
  points: Points;
  lr: number;
  steps: number;
  analysis: Analysis;
  /** The best fit, which is not known for a network. */
  optimum?: Optimum;
  /** Without one, the descent is plain. */
  optimizer?: ResolvedOptimizer;
  verdict: Verdict;
  ridge?: object | null;
  result?: any;
}

interface StepsEvent {
  first: number;
  last: number;
  loss: number[];
  params: Columns | Params[];
  gradients?: Columns;
}

interface Problem {
  code?: string;
  status?: number;
  title?: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

interface SweptRun {
  lr: number;
  loss: number;
  outcome: string;
  /** The verdict, as far as the page uses it. */
  verdict: Pick<Verdict, "rate" | "facts">;
}

/** The ends of the track of the slider of the rate, as parts of the unit of the rates. */
interface Track {
  low: number;
  high: number;
}

/** The rates are shown in parts of `unit`, which is the limit if one is known. */
interface Sweep {
  runs: SweptRun[];
  /** The line of the chart, which goes through the best and the chosen rate, too. */
  line: SweptRun[];
  unit: number;
  track: Track;
  limit: number | null;
  noBounce: number | null;
  /** If the losses are not known in advance, the one with the lowest loss among those tried. */
  best: number | null;
  /** Whether the losses are known in advance. */
  exact: boolean;
  /** Whether all steps have the same rate. */
  constant: boolean;
  steps: number;
}

interface Shown {
  setting: Setting;
  request: Record<string, any>;
  run: Run;
  sweep: Sweep;
}

/* The challenge. */

interface Attempt {
  lr: number;
  /** The loss after all steps. */
  loss: number;
  diverged: boolean;
  /** The name of the verdict on the rate. */
  verdict: string;
  score: number;
}

/** The best constant rate, and the loss that it reaches. */
interface Best {
  lr: number;
  loss: number;
}

/** An attempt in a text. The name is empty if the text has no name. */
interface Link {
  name: string;
  line: number;
  fragment: string;
  setting: Setting;
}

/** The name of the sentence about a line, and its values. */
interface Wrong {
  line: number;
  text: string;
  values: Record<string, string | number>;
}

/* The points of a text or a file. */

/** The cells of a row, with the number of its line in the text. */
interface TextRow {
  line: number;
  cells: string[];
}

/** The name of a sentence, and its values. */
interface Note {
  text: string;
  values: Record<string, string | number>;
}

interface Found {
  points: Points;
  /** The date from which t is counted, or an empty text. */
  since: string;
  notes: Note[];
}

/* The pictures. */

interface Axis {
  (value: number): number;
  invert: (pixel: number) => number;
  ticks: (count: number) => number[];
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
  weight?: number;
}

/** The distance from the best fit in each direction after a step. */
interface Waypoint {
  step: number;
  distances: number[];
}

interface Place {
  x: number;
  y: number;
  anchor?: "start" | "middle" | "end";
}

/** The axes, the ticks of y, and the edges of the chart of the curve. */
interface CurveFrame {
  x: Axis;
  y: Axis;
  rows: number[];
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The point that is edited on the curve. */
interface Edited {
  /** Its index, or -1. */
  chosen: number;
  /** The frame that stays while it is dragged. */
  held: CurveFrame | null;
}

/* What the parts of the page need from it. */

type Change = (change: Partial<Setting>) => void;

interface ControlActions {
  setting: () => Setting;
  change: Change;
  slide: Change;
  slid: () => void;
  still: () => boolean;
  live: () => void;
  undo: () => void;
  redo: () => void;
  edit: (on: boolean) => void;
}

interface MethodPage {
  setting: () => Setting;
  change: Change;
  /** The number of points. */
  count: () => number;
}

interface ChallengePage {
  setting: () => Setting;
  shown: () => Shown | null;
  answered: () => Promise<void> | null;
  change: (change: Partial<Setting>) => Promise<void>;
  wait: () => void;
  play: () => void;
  end: () => void;
  tried: (attempts: Attempt[]) => void;
  changed: () => void;
  fragment: () => Promise<string>;
  failed: (error: Error) => void;
}

interface EditingPage {
  points: () => Points;
  /** Called before the points change, once for each drag. */
  remember: () => void;
  change: (points: Points) => void;
  edited: (edited: Edited) => void;
  said: (sentence: string) => void;
}

interface GuidePage {
  change: (change: Partial<Setting>, next: () => void) => Promise<void>;
  wait: () => void;
  play: () => void;
  changed: () => void;
}

interface SharePage {
  shown: () => Shown | null;
  run: () => Run | null;
  fragment: () => Promise<string>;
  draw: () => void;
  caption: () => string;
  moving: () => Blob | null;
}

interface FittingListener {
  shown: (shown: Shown) => void;
  rejected: (error: Error, setting: Setting) => void;
  reachable: (yes: boolean) => void;
}

interface Watcher {
  begun: (run: Run) => void;
  grown: () => void;
  lost: () => void;
  found: () => void;
  job: (id: string) => void;
}

/* The classes. */

type Guide = import("../../service/web/guide.js").Guide;
type Picture = import("../../service/web/svg.js").Picture;
type Run = import("../../service/web/run.js").Run;
type View = import("../../service/web/view.js").View;

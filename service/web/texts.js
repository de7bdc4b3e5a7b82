/**
 * The page's own sentences, in English and Korean. The sentences of a verdict come from the
 * service.
 */

/** @typedef {"en" | "ko"} Language */

/** @type {Record<string, [string, string]>} */
const TEXTS = {
  title: ["What a learning rate does", "학습률이 하는 일"],
  language: ["한국어", "English"],
  yourData: ["Your data", "내 데이터"],
  share: ["Share", "공유"],
  theme: ["Light or dark", "밝게 또는 어둡게"],
  close: ["Close", "닫기"],

  aboutBefore: [
    "Gradient descent fits a curve to the speed of a roller coaster, as in",
    "경사 하강법으로 롤러코스터의 속도에 곡선을 맞춥니다.",
  ],
  chapter: ["chapter 4 of fastai's book", "fastai 교재 4장"],
  aboutAfter: [". You choose the learning rate.", "의 예제이며, 학습률은 직접 고를 수 있습니다."],
  aboutOwn: [
    "Gradient descent fits a curve to your points. You choose the learning rate.",
    "경사 하강법으로 내 데이터에 곡선을 맞춥니다. 학습률은 직접 고를 수 있습니다.",
  ],
  lectureRun: ["The lecture's run, 1×10⁻⁵", "강의대로 1×10⁻⁵로"],
  takePath: ["Guided path", "다섯 단계 안내"],
  leavePath: ["Leave the path", "안내 마치기"],
  nextStop: ["Next stop", "다음 단계"],
  stopOf: ["Stop {stop} of {stops}.", "{stops}단계 중 {stop}단계."],
  rightGuess: ["Right.", "맞았습니다."],
  wrongGuess: ["Not quite.", "아쉽지만 아닙니다."],
  onPoints: ["On the points", "점 위"],
  farFromPoints: ["Far from the points", "점에서 먼 곳"],
  outside: ["Out of the picture", "그림 밖"],
  partOfTheWay: ["Part of the way down", "바닥으로 가는 도중"],
  toTheBottom: ["At the bottom", "바닥"],
  acrossTheValley: ["Jumping from side to side", "좌우로 뛰는 중"],
  askLecture: [
    "The lecture makes 10 steps at a rate of 1×10⁻⁵. Where does the curve end?",
    "강의에서는 학습률 1×10⁻⁵으로 10스텝을 갑니다. 곡선은 어디에서 끝날까요?",
  ],
  whyLecture: [
    "The ball is at the bottom of the steepest direction, but the valley shows that it has hardly moved in the flattest one.",
    "공이 가장 가파른 방향으로는 바닥에 닿았지만, 골짜기 그림을 보면 가장 완만한 방향으로는 거의 움직이지 않았습니다.",
  ],
  askSmall: [
    "The same 10 steps at a rate 14 times smaller. Where is the ball at the end?",
    "학습률을 14분의 1로 줄이고 똑같이 10스텝을 갑니다. 공은 어디에 있을까요?",
  ],
  whySmall: [
    "A step is the rate times the slope. At a small rate each step is short, and gets even shorter as the slope gets flatter.",
    "한 스텝은 학습률 × 기울기입니다. 학습률이 작으면 스텝이 짧고, 완만해질수록 더 짧아집니다.",
  ],
  askBounce: [
    "Now the rate is just below the limit. Where is the ball after 10 steps?",
    "이번에는 학습률이 한계 바로 아래입니다. 10스텝 뒤 공은 어디에 있을까요?",
  ],
  whyBounce: [
    "Each step goes almost twice as far as the bottom, so it lands on the other side, hardly lower than before.",
    "스텝마다 바닥까지 거리의 거의 두 배를 가서, 반대편의 거의 같은 높이에 닿습니다.",
  ],
  askLarge: [
    "A tenth above the limit. Where is the ball after 10 steps?",
    "한계보다 10% 큰 학습률입니다. 10스텝 뒤 공은 어디에 있을까요?",
  ],
  whyLarge: [
    "Each step lands higher than it started. The slope there is steeper, so the next step is even longer.",
    "스텝마다 출발한 곳보다 더 높이 올라갑니다. 그곳은 더 가팔라서 다음 스텝이 더 길어집니다.",
  ],
  askRescaled: [
    "No rate helped in the flat direction. Now t is rescaled, and there are 60 steps instead of 10. Where does the curve end?",
    "어떤 학습률도 완만한 방향에는 소용이 없었습니다. 이제 t를 표준화하고, 10스텝 대신 60스텝을 갑니다. 곡선은 어디에서 끝날까요?",
  ],
  whyRescaled: [
    "Now t has mean 0 and standard deviation 1, and the valley is much rounder: one rate suits every direction. The problem was the scale of t, not the rate or the number of steps.",
    "이제 t의 평균이 0, 표준편차가 1이고 골짜기가 훨씬 둥글어서, 학습률 하나가 모든 방향에 맞습니다. 문제는 학습률이나 스텝 수가 아니라 t의 스케일이었습니다.",
  ],

  walk: ["The walk", "내려가는 길"],
  shareLeft: ["{part} of the loss left is here", "남은 손실 중 이 방향의 몫: {part}"],
  curve: ["The curve", "곡선"],
  dial: ["Learning rate", "학습률"],
  ofLimit: ["of the limit", "한계의"],
  partLabel: ["Learning rate as a percentage of the limit", "한계에 대한 학습률의 백분율"],
  loss: ["Loss", "손실"],
  stepOf: ["step {step} of {steps}", "{steps}스텝 중 {step}스텝"],
  stepWord: ["step", "스텝"],
  ofSteps: ["of {steps}", "/ {steps}스텝"],
  startOf: ["{name} at the start", "시작할 때의 {name}"],
  valley: ["The valley from above", "위에서 본 골짜기"],
  valleyOne: ["There is only one direction.", "방향이 하나뿐입니다."],
  valleyRest: ["The start is at the bottom.", "시작점이 이미 바닥입니다."],

  start: ["start", "시작"],
  best: ["best", "최적 학습률"],
  bestFit: ["best fit", "최적"],
  bestCurve: ["best fit", "최적 곡선"],
  bestLoss: ["best fit {loss}", "최적 {loss}"],
  measured: ["measured", "측정값"],
  step: ["step {step}", "{step}스텝"],
  seconds: ["seconds", "초"],
  speed: ["speed", "속도"],
  daysSince: ["days since {since}", "{since}부터 센 날수"],
  tSince: ["t since {since}", "{since}부터 센 t"],
  limit: ["limit", "한계"],
  noBounce: ["no bounce up to here", "여기까지 바운스 없음"],
  diverges: ["diverges", "발산"],
  lossAfter: ["loss after {steps} steps", "{steps}스텝 뒤의 손실"],
  lossAfterOne: ["loss after 1 step", "1스텝 뒤의 손실"],
  arrow: ["step = rate × slope", "스텝 = 학습률 × 기울기"],
  gone: ["Out of the picture at step {step}", "{step}스텝에서 그림을 벗어남"],
  curveGone: ["step {step}, then outside", "{step}스텝, 이후 그림 밖"],
  curveOutside: ["step {step} is outside", "{step}스텝은 그림 밖"],
  flat: ["Flat direction: {part} of the way", "완만한 방향: {part}만 왔습니다"],

  small: ["Too small", "너무 작음"],
  good: ["Good", "적당함"],
  bounce: ["Bouncing", "바운스"],
  large: ["Too large", "너무 큼"],
  noneHere: ["no such rate", "해당 없음"],
  edge: ["On the edge", "한계"],

  play: ["Play", "재생"],
  pause: ["Pause", "멈춤"],
  again: ["Again", "다시"],
  back: ["One step back", "한 스텝 뒤로"],
  forth: ["One step forward", "한 스텝 앞으로"],
  steps: ["Steps", "스텝 수"],
  scale: ["Scale", "스케일"],
  standardize: ["t rescaled", "t 표준화"],
  none: ["t as is", "t 그대로"],
  orthonormal: ["orthonormal", "정규직교 기저"],
  pace: ["Speed", "재생 속도"],
  goOn: ["Go on from here", "여기서 이어 가기"],
  fromStart: ["Back to the start", "처음 시작점으로"],
  walked: ["starts where {steps} earlier steps ended", "앞선 {steps}스텝이 끝난 곳에서 시작합니다"],
  live: ["Run it live", "실시간으로 실행하기"],
  stop: ["Stop", "멈추기"],
  logLoss: ["log loss", "손실(로그)"],
  logSteps: ["log steps", "스텝(로그)"],
  scrub: ["Selected step", "선택한 스텝"],
  undo: ["Undo", "되돌리기"],
  redo: ["Redo", "다시 실행"],
  editPoints: ["Edit points", "점 편집"],
  editing: [
    "Drag a point to move it, click to add one, and double-click to remove one. Keys: left and right choose a point, up and down move it, Delete removes it, and Enter adds one.",
    "점을 끌어서 옮기고, 빈 곳을 눌러 추가하고, 점을 두 번 눌러 지웁니다. 키보드로는 좌우로 고르고, 위아래로 옮기고, Delete로 지우고, Enter로 추가합니다.",
  ],
  chosen: ["point {index} of {count}: t {t}, y {y}", "{count}개 중 {index}번째 점: t {t}, y {y}"],

  goingStep: ["Step {step} of {steps}.", "{steps}스텝 중 {step}스텝."],
  goingStart: ["The walk starts at a loss of {start}.", "손실 {start}에서 출발합니다."],
  goingLoss: ["The loss was {start} at the start and is {loss} now.", "시작할 때 손실은 {start}, 지금은 {loss}입니다."],

  useBest: ["Use the best rate, {lr}", "최적 학습률 {lr} 사용하기"],
  makeSteps: ["Go on to step {steps}", "{steps}스텝까지 가기"],
  stepsNeeded: ["At this rate the best fit takes {steps} steps", "이 학습률로는 최적까지 {steps}스텝이 걸립니다"],
  rescale: ["Rescale t", "t 표준화하기"],
  orthonormalize: ["Make the columns orthonormal", "정규직교 기저로 바꾸기"],
  becomes: ["Fewest steps: {after} instead of {before}", "최소 스텝 수: {before} 대신 {after}"],

  walkTerm: [
    "A cut through the loss along its steepest direction. Height is loss, and each step is the rate times the slope.",
    "손실을 가장 가파른 방향으로 자른 단면입니다. 높이가 손실이고, 한 스텝은 학습률 × 기울기입니다.",
  ],
  valleyTerm: [
    "The loss from above: the steepest direction is vertical and the flattest is horizontal, each in its own scale. The more alike the two curvatures are, the rounder are the rings. Each ring is twice as far from the best fit.",
    "손실을 위에서 본 그림입니다. 가장 가파른 방향이 세로, 가장 완만한 방향이 가로이고 축척은 서로 다릅니다. 두 방향의 곡률이 비슷할수록 고리가 둥급니다. 고리를 하나 지날 때마다 최적에서 두 배씩 멀어집니다.",
  ],
  curveTerm: [
    "The points, the curve at the selected step and at the steps before it, and the best fit as a dotted line.",
    "데이터 점, 선택한 스텝의 곡선, 그 앞 스텝의 곡선입니다. 점선은 최적 곡선입니다.",
  ],
  dialTerm: [
    "How far a step goes along the slope. The chart shows the loss after all steps for every rate, in the colour of its verdict. Striped rates jump across the valley and still settle.",
    "한 스텝에 기울기를 따라 얼마나 갈지 정합니다. 그래프는 학습률마다 모든 스텝을 마친 뒤의 손실이고, 색은 그 판정입니다. 줄무늬는 골짜기를 건너뛰면서도 수렴하는 학습률입니다.",
  ],
  limitTerm: [
    "The largest rate at which the descent still settles: 2 divided by the largest curvature. Above it, each step lands higher.",
    "경사 하강법이 수렴하는 가장 큰 학습률로, 2를 가장 큰 곡률로 나눈 값입니다. 이보다 크면 스텝마다 더 높이 올라갑니다.",
  ],
  noBounceTerm: [
    "Up to this rate, no step goes beyond the bottom. It is half of the limit.",
    "이 학습률까지는 어떤 스텝도 바닥을 넘어가지 않습니다. 한계의 절반입니다.",
  ],
  bestTerm: [
    "The rate with the lowest loss after all steps, from this start.",
    "이 시작점에서 모든 스텝을 마쳤을 때 손실이 가장 낮은 학습률입니다.",
  ],
  lossTerm: [
    "The mean of the squared distances between the curve and the points: lower is better. The dotted line is the lowest possible. The thin line, which the steps cover one by one, is predicted before the first.",
    "곡선과 점 사이 거리의 제곱을 평균한 값으로, 낮을수록 좋습니다. 점선은 가능한 최저 손실입니다. 가는 선은 첫 스텝 전에 예상한 손실이고, 스텝마다 차례로 덮입니다.",
  ],
  moreInChapter: ["More in chapter 4", "교재 4장에서 더 보기"],
  moreInApi: ["More in the API", "API 문서에서 더 보기"],
  scaleTerm: [
    "Rescaled, t has mean 0 and standard deviation 1, which makes the valley rounder, so that one rate suits every direction. Orthonormal columns are mixtures of the powers of t, with which it is exactly round.",
    "표준화하면 t의 평균이 0, 표준편차가 1이 됩니다. 골짜기가 둥글어져 학습률 하나가 모든 방향에 맞습니다. 정규직교 기저는 t의 거듭제곱을 섞어 만든 열이며, 골짜기를 완전히 둥글게 합니다.",
  ],

  predicted: ["predicted", "예상 손실"],
  predictedSummary: [
    "Before the first step, {loss} was predicted after {steps} steps.",
    "첫 스텝 전에 예상한 {steps}스텝 뒤의 손실은 {loss}입니다.",
  ],
  fewest: [
    "No constant rate arrives in fewer than {steps} steps.",
    "학습률을 고정하면 최적까지 적어도 {steps}스텝이 걸립니다.",
  ],
  oneStep: ["A constant rate can arrive in one step.", "학습률을 고정해도 한 스텝 만에 최적에 닿을 수 있습니다."],
  fewestTerm: [
    "A run has arrived if its loss is within 1% of that of the best fit. The number is for this start and this scale of t. The rate that arrives first can differ from the best rate, which has the lowest loss after all steps. A rate that changes on the way can be faster.",
    "손실과 최적 손실의 차이가 최적 손실의 1% 이내이면 최적에 닿은 것입니다. 지금의 시작점과 t의 스케일에서 센 수입니다. 가장 빨리 닿는 학습률은 모든 스텝을 마친 뒤의 손실이 가장 낮은 최적 학습률과 다를 수 있고, 학습률을 도중에 바꾸면 더 빠를 수 있습니다.",
  ],
  way: ["Way made in each direction", "방향별로 온 길"],
  wayTerm: [
    "A direction is one way to change the coefficients together. Its bar is the part of the way from the start to the bottom that is made. Every step makes the same part of the rest: the rate times the curvature. Above 100%, the step went beyond the bottom.",
    "방향은 계수들을 함께 바꾸는 방법의 하나입니다. 막대는 시작점에서 바닥까지의 길을 얼마나 왔는지 나타냅니다. 스텝마다 남은 길에 학습률 × 곡률을 곱한 만큼 갑니다. 100%를 넘으면 바닥을 지나친 것입니다.",
  ],
  steepest: ["steepest", "가장 가파른 방향"],
  middle: ["middle", "중간 방향"],
  flattest: ["flattest", "가장 완만한 방향"],
  ofDirections: ["{name} of {count}", "{count}개 중 {name}"],
  everyDirection: ["every direction", "모든 방향"],

  numbers: ["Numbers", "수치"],
  gap: ["above the best fit", "최적과의 차이"],
  lecture: ["Seven steps", "일곱 단계"],
  initialise: ["Initialise", "초기화"],
  predict: ["Predict", "예측"],
  gradient: ["Gradient", "기울기"],
  update: ["Step", "스텝"],
  repeat: ["Repeat", "반복"],
  halt: ["Stop", "정지"],
  initialiseDetail: ["the parameters get their first values", "파라미터의 첫 값을 정합니다"],
  initialiseContinued: ["starts where the last run stopped", "앞선 실행이 멈춘 곳에서 시작합니다"],
  predictDetail: ["the curve at each t", "각 t에서 곡선의 값"],
  measureDetail: ["mean squared error: {loss}", "평균 제곱 오차: {loss}"],
  gradientDetail: ["the uphill direction: length {length}", "오르막 방향: 길이 {length}"],
  gradientHidden: ["the uphill direction", "오르막 방향"],
  updateDetail: ["parameters −= {lr} × gradient", "파라미터 −= {lr} × 기울기"],
  repeatDetail: ["steps left: {left}", "남은 스텝: {left}"],
  haltDetail: ["after {steps} steps", "{steps}스텝 뒤"],
  stepHint: ["Press › to see them one by one.", "›를 누르면 하나씩 보입니다."],

  tables: ["As tables", "표로 보기"],
  tableSteps: ["Steps", "스텝"],
  tableSweep: ["Rates", "학습률"],
  tablePoints: ["Points", "점"],
  tableDirections: ["Directions: the walk and the valley", "방향: 내려가는 길과 골짜기"],
  direction: ["direction", "방향"],
  eigenvalue: ["curvature", "곡률"],
  multiplier: ["distance left after a step", "한 스텝 뒤 남는 거리"],
  startLoss: ["loss at the start", "이 방향의 시작 손실"],
  rate: ["rate", "학습률"],
  verdict: ["verdict", "판정"],
  everyNth: [
    "{shown} of {all} recorded steps. The CSV file has all of them.",
    "기록된 {all}스텝 중 {shown}개입니다. CSV 파일에는 모두 있습니다.",
  ],
  keys: ["Keys", "단축키"],
  keysOn: ["Use them", "사용"],
  keysHint: [
    "Space plays, comma and period step, 1 to 4 choose a rate, and B takes the best one. Ctrl+Z undoes, and Ctrl+Y redoes. On the slider of the rate, an arrow key moves by 2.3%, or with Shift by 26%.",
    "스페이스 바는 재생, 쉼표와 마침표는 한 스텝, 1부터 4는 학습률, B는 최적 학습률입니다. Ctrl+Z는 되돌리고, Ctrl+Y는 다시 실행합니다. 학습률 슬라이더에서 화살표 키는 2.3%씩, Shift를 함께 누르면 26%씩 움직입니다.",
  ],

  coaster: ["Roller coaster", "롤러코스터"],
  coasterHint: [
    "The data of the lecture: speed over time, with noise.",
    "강의의 데이터입니다. 시간에 따른 속도에 잡음을 더했습니다.",
  ],
  pointsCount: ["Points", "점의 수"],
  noise: ["Noise", "잡음"],
  seed: ["Seed", "시드"],
  another: ["Another seed", "다른 시드"],
  ownPoints: ["Your points", "직접 입력"],
  ownPointsHint: [
    "Paste columns t and y from a table, or a list in JSON or Python, or choose a file: CSV, TSV, Parquet, Arrow or NPY. A single column is y. t can be dates.",
    "표의 t와 y 두 열, 또는 JSON이나 파이썬의 리스트를 붙여 넣거나 CSV, TSV, Parquet, Arrow, NPY 파일을 고르세요. 열이 하나면 y로 읽습니다. t는 날짜여도 됩니다.",
  ],
  usePoints: ["Use these points", "이 데이터 사용하기"],
  chooseFile: ["Choose a file", "파일 고르기"],
  reading: ["Reading {name}…", "{name} 읽는 중…"],
  shown: ["{count} points are shown.", "점 {count}개를 보여 줍니다."],
  countedFrom: ["t is counted from {since}.", "t는 {since}부터 셉니다."],
  countedInDays: ["t is counted in days from {since}.", "t는 {since}부터 센 날수입니다."],
  singleColumn: ["The single column is y, and t is 0, 1, 2, …", "열이 하나라서 y로 읽고, t는 0, 1, 2, …로 두었습니다."],
  moreColumns: ["The first two of {count} columns are used.", "열 {count}개 중 앞의 두 열을 사용합니다."],
  leftOut: ["Rows with a missing value are left out: {count}.", "빈 값이 있어 뺀 줄: {count}개."],

  empty: [
    "The text has no points. Your last data stay as they are.",
    "입력한 내용에 데이터가 없습니다. 이전 데이터를 그대로 둡니다.",
  ],
  notReadable: [
    "The browser cannot read the file. Your last data stay as they are.",
    "브라우저가 파일을 읽을 수 없습니다. 마지막 데이터를 그대로 둡니다.",
  ],
  notNumber: [
    "Line {line} has a value that is not a number: “{cell}”. Your last data stay as they are.",
    "{line}번째 줄에 숫자가 아닌 값이 있습니다: “{cell}”. 이전 데이터를 그대로 둡니다.",
  ],
  tooLarge: [
    "Line {line} has a number beyond 1e100. Your last data stay as they are.",
    "{line}번째 줄의 수가 1e100을 넘습니다. 이전 데이터를 그대로 둡니다.",
  ],
  tooWide: [
    "Line {line} has a value after t and y: “{cell}”. Your last data stay as they are.",
    "{line}번째 줄에 t와 y 말고 다른 값이 더 있습니다: “{cell}”. 이전 데이터를 그대로 둡니다.",
  ],
  tooMany: [
    "This page takes up to {max} points. To fit more, use the API. Your last data stay as they are.",
    "이 페이지에는 점을 {max}개까지 넣을 수 있습니다. 더 많은 점은 API로 맞추세요. 이전 데이터를 그대로 둡니다.",
  ],
  tooFew: [
    "At least {min} points are needed. Your last data stay as they are.",
    "점이 {min}개 이상 필요합니다. 이전 데이터를 그대로 둡니다.",
  ],
  outOfRange: [
    "Enter a number from {low} to {high}. The last value stays.",
    "{low}부터 {high}까지의 수를 입력하세요. 이전 값을 그대로 둡니다.",
  ],
  notPositive: [
    "Enter a number above 0, such as 0.3 or 1e-5. The last value stays.",
    "0.3이나 1e-5처럼 0보다 큰 수를 입력하세요. 이전 값을 그대로 둡니다.",
  ],
  notFinite: [
    "Enter a number, such as −0.5 or 1e-5. The last value stays.",
    "−0.5나 1e-5처럼 수를 입력하세요. 이전 값을 그대로 둡니다.",
  ],
  rejected: ["Not possible: {detail} The last fit stays.", "할 수 없습니다: {detail} 이전 결과를 그대로 둡니다."],

  lost: [
    "Connection lost at step {step}. Reconnecting… Your steps so far are kept.",
    "{step}스텝에서 연결이 끊겼습니다. 다시 연결하는 중입니다. 지금까지의 스텝은 그대로 있습니다.",
  ],
  lostPoints: [
    "The points of this link cannot be read: it may be cut off. Those of the lecture are shown instead.",
    "링크의 데이터를 읽을 수 없습니다. 링크가 잘렸을 수 있습니다. 대신 강의의 데이터를 보여 줍니다.",
  ],
  undrawable: [
    "At least {low} and at most {high} points can be drawn. Here are 20, as in the lecture.",
    "점은 {low}개부터 {high}개까지 뽑을 수 있습니다. 강의처럼 20개를 보여 줍니다.",
  ],
  linkRejected: [
    "This link is not possible: {detail} The roller coaster of the lecture is shown instead.",
    "링크대로 할 수 없습니다: {detail} 대신 강의의 롤러코스터를 보여 줍니다.",
  ],
  lostStream: [
    "Connection lost at step {step}. Your steps so far are kept. Run it again to get the rest.",
    "{step}스텝에서 연결이 끊겼습니다. 지금까지의 스텝은 그대로 있습니다. 나머지를 보려면 다시 실행하세요.",
  ],
  unreachable: ["The service does not answer. Trying again…", "서비스가 응답하지 않습니다. 다시 시도하는 중입니다."],
  silent: ["The service does not answer.", "서비스가 응답하지 않습니다."],
  running: ["Running live: {steps} steps", "실시간 실행 중: 총 {steps}스텝"],
  stopped: ["Stopped at step {step}.", "{step}스텝에서 멈췄습니다."],
  jobGone: ["The job of this link is no longer kept.", "이 링크의 작업은 더 이상 보관되지 않습니다."],

  link: ["Link to this view", "이 화면의 링크"],
  copy: ["Copy", "복사"],
  copied: ["Copied: {name}", "복사됨: {name}"],
  saved: ["Saved: {name}", "저장됨: {name}"],
  request: ["The same request as code", "같은 요청을 코드로"],
  result: ["The result", "결과"],
  charts: ["The charts", "그림"],
  saveMoving: ["Save as a moving picture", "움직이는 그림으로 저장"],
  caption: [
    "rate {lr}{part}\nstep {step} of {steps}, loss {loss}",
    "학습률 {lr}{part}\n{steps}스텝 중 {step}스텝, 손실 {loss}",
  ],
  partOfLimit: ["{part} of the limit", "한계의 {part}"],

  challenge: ["Challenge", "도전"],
  challengeHint: [
    "Choose the learning rate that brings the loss lowest in a fixed number of steps. Its chart stays empty until you ask for the best rate.",
    "정해진 스텝 안에 손실을 가장 많이 낮추는 학습률을 찾아보세요. 최적 학습률을 보기 전까지 학습률 그래프는 비어 있습니다.",
  ],
  startChallenge: ["Start", "시작하기"],
  leaveChallenge: ["Leave the challenge", "도전 마치기"],
  challengeLeft: [
    "The challenge has ended, because more than the rate changed.",
    "학습률 말고 다른 것이 바뀌어 도전이 끝났습니다.",
  ],
  arrive: ["Arrive in {steps} steps.", "{steps}스텝 안에 최적에 도착하세요."],
  arriveHow: ["Choose a learning rate, and try it.", "학습률을 골라 시도해 보세요."],
  whichRate: [
    "Which learning rate brings the loss lowest in {steps} steps?",
    "{steps}스텝 뒤에 손실이 가장 낮아지는 학습률은 얼마일까요?",
  ],
  try: ["Try this rate", "이 학습률로 해 보기"],
  reached: ["loss", "손실"],
  score: ["score", "점수"],
  outOf: ["of 100 points", "/ 100점"],
  scored: ["{score} of 100 points.", "100점 만점에 {score}점입니다."],
  showBest: ["Show the best rate", "최적 학습률 보기"],
  bestWas: ["Best rate: {lr}. It brings the loss to {loss}.", "최적 학습률: {lr}. 손실이 {loss}까지 줄어듭니다."],
  copyLink: ["Copy link", "링크 복사"],
  yourAttempts: ["Your attempts", "내 시도"],
  noAttempts: ["None yet.", "아직 없습니다."],

  forTeachers: ["For teachers: compare links", "선생님용: 링크 비교하기"],
  linksHint: [
    "Paste the links of your class. The text before a link is its name. The service computes the scores.",
    "학생들이 보낸 링크를 붙여 넣으세요. 링크 앞의 글이 이름이 되고, 점수는 서비스가 계산합니다.",
  ],
  links: ["Links to attempts", "시도 링크"],
  compare: ["Compare", "비교하기"],
  name: ["name", "이름"],
  nameless: ["line {line}", "{line}번째 줄"],
  otherChallenge: ["another challenge", "도전 조건이 다름"],
  compared: ["{count} attempts", "시도 {count}개"],
  copyTable: ["Copy for a spreadsheet", "스프레드시트용으로 복사"],
  lineNoLink: ["Line {line} has no link: “{content}”.", "{line}번째 줄에 링크가 없습니다: “{content}”."],
  lineNoAttempt: ["The link in line {line} has no attempt.", "{line}번째 줄의 링크에는 시도가 담겨 있지 않습니다."],
  lineNoBest: [
    "The best rate of the method in line {line} is not known.",
    "{line}번째 줄의 방법에서는 최적 학습률을 알 수 없습니다.",
  ],
  lineLost: [
    "The points of the link in line {line} cannot be read.",
    "{line}번째 줄의 링크에 담긴 데이터를 읽을 수 없습니다.",
  ],
  lineRejected: ["Line {line} is not possible: {detail}", "{line}번째 줄은 계산할 수 없습니다: {detail}"],

  keyWanted: [
    "This service asks for a key. It stays in this tab, and goes nowhere else.",
    "이 서비스를 쓰려면 키가 필요합니다. 키는 이 탭에만 남고 다른 곳으로 전송되지 않습니다.",
  ],
  keyLabel: ["API key", "API 키"],
  keyUse: ["Use it", "사용하기"],
  keyUnknown: ["The service does not know this key.", "등록되지 않은 키입니다."],

  walkSummary: [
    "The walk at step {step} of {steps}. The ball is at {part} of its start distance from the bottom.",
    "내려가는 길의 {steps}스텝 중 {step}스텝입니다. 공은 바닥에서 시작 거리의 {part}만큼 떨어져 있습니다.",
  ],
  sameSide: [
    "Each step multiplies the distance by {multiplier}, so the ball stays on one side.",
    "스텝마다 거리가 {multiplier}배가 되어 공이 한쪽에 머뭅니다.",
  ],
  changesSides: [
    "Each step multiplies the distance by {multiplier}, so the ball changes sides.",
    "스텝마다 거리가 {multiplier}배가 되어 공이 좌우를 오갑니다.",
  ],
  grows: [
    "Each step multiplies the distance by {multiplier}, so the ball changes sides and moves away.",
    "스텝마다 거리가 {multiplier}배가 되어 공이 좌우를 오가며 멀어집니다.",
  ],
  curveSummary: [
    "{count} points, and the curve after step {step}: {formula}.",
    "점 {count}개와 {step}스텝의 곡선입니다: {formula}.",
  ],
  dialKnown: [
    "It is lowest near {best}. Beyond the limit of {limit}, it diverges.",
    "{best} 근처에서 가장 낮고, 한계({limit}) 너머에서는 발산합니다.",
  ],
  dialTried: [
    "Of the rates tried, {best} ends lowest. No limit is known in advance.",
    "실행해 본 학습률 가운데 {best}에서 가장 낮습니다. 한계는 미리 알 수 없습니다.",
  ],
  dialSummary: [
    "The {after} against the learning rate. The chosen rate is {lr}.",
    "학습률에 따른 {after}입니다. 지금 학습률은 {lr}입니다.",
  ],
  lossSummary: [
    "The loss is {first} at the start and {now} at step {step}.",
    "손실은 시작할 때 {first}, {step}스텝에서 {now}입니다.",
  ],
  bestIs: ["Best fit: {best}.", "최적: {best}."],
  bestUnknown: ["The best fit is not known.", "최적은 알려져 있지 않습니다."],
  valleySummary: [
    "Seen from above, step {step} is at {steep} of the start distance in the steepest direction and at {flat} in the flattest.",
    "위에서 보면 {step}스텝에서 남은 거리는 가장 가파른 방향으로 시작할 때의 {steep}, 가장 완만한 방향으로 {flat}입니다.",
  ],
  rateNow: ["{lr}, {verdict}, {part} of the limit", "{lr}, {verdict}, 한계의 {part}"],

  advanced: [
    "Model and optimizer: momentum, Adam, batches, a network",
    "모델과 옵티마이저: 모멘텀, Adam, 배치, 신경망",
  ],
  model: ["Model", "모델"],
  polynomial: ["polynomial", "다항식"],
  network: ["small network", "작은 신경망"],
  networkOf: ["network of {count} weights", "가중치 {count}개의 신경망"],
  weights: ["weights", "가중치 수"],
  degree: ["Degree", "차수"],
  degreeOf: ["degree {degree}", "{degree}차"],
  optimizer: ["Optimizer", "옵티마이저"],
  sgd: ["plain descent", "기본 경사 하강법"],
  momentumOf: ["momentum", "모멘텀"],
  nesterov: ["Nesterov", "네스테로프"],
  adam: ["Adam", "Adam"],
  adamw: ["AdamW", "AdamW"],
  rmsprop: ["RMSprop", "RMSprop"],
  momentum: ["Momentum", "모멘텀"],
  beta1: ["β₁", "β₁"],
  decay: ["Weight decay", "가중치 감쇠"],
  alpha: ["α", "α"],
  batch: ["Batch", "배치 크기"],
  ofPoints: ["of {count}", "/ {count}개"],
  batchesOf: ["batches of {count}", "배치 크기 {count}"],
  schedule: ["Schedule", "스케줄"],
  constant: ["constant rate", "고정 학습률"],
  stairs: ["three stairs", "세 계단"],
  cosine: ["cosine", "코사인"],
  oneCycle: ["one cycle", "원사이클"],
  notBelowOne: [
    "Enter a number from 0 to below 1, such as 0.9. The last value stays.",
    "0.9처럼 0 이상 1 미만의 수를 입력하세요. 이전 값을 그대로 둡니다.",
  ],
  notNegative: [
    "Enter 0 or a number above it, such as 0.01. The last value stays.",
    "0.01처럼 0 이상의 수를 입력하세요. 이전 값을 그대로 둡니다.",
  ],
  tried: ["no limit known", "한계를 모름"],
  triedWhy: [": each step is divided by the size of the gradients", ": 스텝을 기울기의 크기로 나눔"],
  triedNetworkWhy: [": the curvature changes on the way", ": 위치마다 곡률이 다름"],
  triedTerm: [
    "This optimizer divides each step by the size of the gradients, so no limit can be computed from the points. The service tried each rate of the chart.",
    "이 옵티마이저는 스텝을 기울기의 크기로 나누므로 데이터로는 한계를 계산할 수 없습니다. 그래프의 학습률은 모두 서비스가 직접 실행해 보았습니다.",
  ],
  triedNetworkTerm: [
    "The curvature of a network changes from place to place, so no limit holds on the whole way. The service tried each rate of the chart.",
    "신경망은 위치마다 곡률이 달라서 끝까지 통하는 한계가 없습니다. 그래프의 학습률은 모두 서비스가 직접 실행해 보았습니다.",
  ],
  bestTried: ["Best tried", "최저 손실"],
  bestTriedTerm: [
    "The rate with the lowest loss among those that the service tried.",
    "서비스가 실행해 본 학습률 가운데 손실이 가장 낮은 것입니다.",
  ],
  limitConstantTerm: [
    "The limit of a constant rate with all points. With batches, or a rate that changes, the limit is not known in advance.",
    "스텝마다 모든 점을 쓰고 학습률을 고정할 때의 한계입니다. 배치를 쓰거나 학습률이 변하면 한계를 미리 알 수 없습니다.",
  ],
  limitMomentumTerm: [
    "The largest rate at which the descent still settles. It is known in advance, from the largest curvature and the momentum.",
    "경사 하강법이 수렴하는 가장 큰 학습률입니다. 가장 큰 곡률과 모멘텀으로 미리 계산할 수 있습니다.",
  ],
  noSwingTerm: [
    "Up to this rate, the ball does not swing across the bottom.",
    "이 학습률까지는 공이 바닥을 넘어 흔들리지 않습니다.",
  ],
  fromAbove: ["the path of all weights, from above", "모든 가중치의 길을 위에서 본 그림"],
  walkNetworkTerm: [
    "The path of all weights, from above. The loss is the same along each line.",
    "모든 가중치가 움직인 길을 위에서 본 그림입니다. 같은 선 위에서는 손실이 같습니다.",
  ],
  valleyNetworkTerm: [
    "The curvature of a network changes from place to place, so it has no single steepest direction.",
    "신경망은 위치마다 곡률이 달라서 가장 가파른 방향이 하나로 정해지지 않습니다.",
  ],
  valleyNone: [
    "A network has no such valley:\nits curvature changes on the way.",
    "신경망에는 이런 골짜기가 없습니다.\n위치마다 곡률이 다릅니다.",
  ],
  arrowVelocity: ["step = rate × velocity", "스텝 = 학습률 × 속도"],
  updateVelocity: ["parameters −= {lr} × velocity", "파라미터 −= {lr} × 속도"],
  updateDivided: ["parameters −= {lr} × gradient ÷ its usual size", "파라미터 −= {lr} × 기울기 ÷ 평소 크기"],
  planeSummary: [
    "The path of {count} weights from above, at step {step} of {steps}. The loss there is {loss}.",
    "가중치 {count}개가 움직인 길을 위에서 본 그림의 {steps}스텝 중 {step}스텝입니다. 손실은 {loss}입니다.",
  ],
};

/** The language in use: the language of the browser, until the user chooses another one. */
export const spoken = { language: /** @type {Language} */ ("en") };

/**
 * Returns the sentence of this name, in the language in use.
 * @param {string} name
 * @param {Record<string, string | number>} values
 */
export function text(name, values = {}) {
  const sentence = TEXTS[name][spoken.language === "ko" ? 1 : 0];
  return sentence.replace(/\{(\w+)\}/g, (_, field) => String(values[field]));
}

/**
 * Writes the text of every element with a `data-text`, and the label of every element with a `data-
 * label`.
 */
export function translate() {
  document.documentElement.lang = spoken.language;
  document.title = `${text("title")} · Coaster`;
  for (const element of document.querySelectorAll("[data-text]"))
    element.textContent = text(element.getAttribute("data-text") ?? "");
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", text(element.getAttribute("data-label") ?? ""));
}

# Return and mutual information during training on the T-Maze, one colour and one marker per cell (belief.md: return and MI
# throughout training, five cells). Intervals are drawn first, all of them, then the lines, so that no band hides a line.
#
# Data: curves.csv (series, cell, episode, seeds, mean, low, high). Variables: see the head of figure.gp.

TOP = 1.0 - 0.52 / HEIGHT
FOOT = (0.50 + 0.118 * CAPTION_LINES) / HEIGHT
GAP = 0.36 / HEIGHT
ROW = (TOP - FOOT - GAP - 0.14 / HEIGHT) / 2.0
LEFT = 0.47 / WIDTH
RIGHT = 1.0 - 0.12 / WIDTH
COLUMN = (RIGHT - LEFT - 0.52 / WIDTH) / 2.0

set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2

# ---- (a) return
set lmargin at screen LEFT
set rmargin at screen LEFT + COLUMN
set bmargin at screen FOOT + ROW + GAP
set tmargin at screen FOOT + 2 * ROW + GAP
set format x ""
set yrange [RETURN_MIN:RETURN_MAX]
set ytics RETURN_TICK
set ylabel "discounted return" offset 1.2
set label 1 title_above("a", "greedy policy, evaluated during training") at graph 0, 1.0 offset 0, 0.7
if (OPTIMUM == OPTIMUM) set label 2 "optimum" at first 0, OPTIMUM left offset 0.5, 0.5 font ",7" textcolor rgb INK
plot for [i = 1:CELL_COUNT] CURVES using "episode":(of(RETURN, CELL[i], column("low"))):(of(RETURN, CELL[i], column("high"))) \
         with filledcurves linecolor rgb COLOUR[i], \
     OPTIMUM with lines linewidth 1 dashtype (12, 6) linecolor rgb "black", \
     for [i = 1:CELL_COUNT] CURVES using "episode":(of(RETURN, CELL[i], column("mean"))) \
         with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.42 * POINT pointinterval MARKS
unset label 2

# ---- the panels of mutual information: (b) policy, (c) bank, (d) probe
set yrange [MI_MIN:MI_MAX]
set ytics MI_TICK
set lmargin at screen RIGHT - COLUMN
set rmargin at screen RIGHT
set ylabel "information (nats)" offset 1.2
set label 1 title_above("b", "MI, histories of the current policy")
plot for [i = 1:STATE_COUNT] CURVES using "episode":(of("mine/policy", STATE[i], column("low"))):(of("mine/policy", STATE[i], column("high"))) \
         with filledcurves linecolor rgb STATE_COLOUR[i], \
     for [i = 1:CELL_COUNT] CURVES using "episode":(of("entropy/policy", CELL[i], column("mean"))) \
         with lines linewidth 0.8 dashtype (7, 5) linecolor rgb COLOUR[i], \
     for [i = 1:STATE_COUNT] CURVES using "episode":(of("mine/policy", STATE[i], column("mean"))) \
         with linespoints linetype STATE_STYLE[i] linewidth 1.4 pointsize 0.42 * POINT

set lmargin at screen LEFT
set rmargin at screen LEFT + COLUMN
set bmargin at screen FOOT
set tmargin at screen FOOT + ROW
set format x "%g"
set xlabel "training episodes" offset 0, 0.5
set label 1 title_above("c", "MI, frozen bank of histories")
if (BANK_ENTROPY == BANK_ENTROPY) set label 2 "H(b)" at first X_MAX, BANK_ENTROPY right offset 0, 0.55 font ",7" textcolor rgb INK
if (OBSERVATION == OBSERVATION) set label 3 "current observation only" at first X_MAX, OBSERVATION right offset 0, -0.6 font ",7" textcolor rgb INK
plot for [i = 1:STATE_COUNT] CURVES using "episode":(of("mine/bank", STATE[i], column("low"))):(of("mine/bank", STATE[i], column("high"))) \
         with filledcurves linecolor rgb STATE_COLOUR[i], \
     BANK_ENTROPY with lines linewidth 0.9 dashtype (7, 5) linecolor rgb "black", \
     OBSERVATION with lines linewidth 0.9 dashtype (2, 5) linecolor rgb "black", \
     for [i = 1:STATE_COUNT] CURVES using "episode":(of("mine/bank", STATE[i], column("mean"))) \
         with linespoints linetype STATE_STYLE[i] linewidth 1.4 pointsize 0.42 * POINT
unset label 3

set lmargin at screen RIGHT - COLUMN
set rmargin at screen RIGHT
set label 1 title_above("d", "lower bound from a probe, frozen bank")
plot for [i = 1:STATE_COUNT] CURVES using "episode":(of("probe/bank", STATE[i], column("low"))):(of("probe/bank", STATE[i], column("high"))) \
         with filledcurves linecolor rgb STATE_COLOUR[i], \
     BANK_ENTROPY with lines linewidth 0.9 dashtype (7, 5) linecolor rgb "black", \
     for [i = 1:STATE_COUNT] CURVES using "episode":(of("probe/bank", STATE[i], column("mean"))) \
         with linespoints linetype STATE_STYLE[i] linewidth 1.4 pointsize 0.42 * POINT
unset label 1
unset label 2

# ---- legend, in a strip of its own, and the caption at the foot
unset border
unset tics
unset xlabel
unset ylabel
set lmargin at screen LEFT
set rmargin at screen RIGHT
set bmargin at screen 1.0 - 0.27 / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 2 Left reverse samplen 2.2 width -2 noenhanced font ",7.5"    # fits with broad fonts too
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, FOOT - 0.52 / HEIGHT left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [i = 1:STATE_COUNT] keyentry with linespoints linetype STATE_STYLE[i] linewidth 1.4 pointsize 0.55 * POINT title STATE_NAME[i], \
     keyentry with lines linewidth 0.9 dashtype (7, 5) linecolor rgb "black" title "H(b), the ceiling"
unset label 9
unset multiplot

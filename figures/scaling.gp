# Scores against difficulty, and the difficulty at which they fall below the threshold: a row of two panels for each combination of what else
# varies. An arrow on the right is an end that lies beyond the difficulties that were tried.
#
# Data: scores.csv (panel, cell, difficulty, runs, broken, mean, low, high), an empty line after each cell; crossings.csv (panel, cell, row,
# crossing, crossing_beyond, low, low_beyond, high, high_beyond), beyond: -1 less than the least, 1 more than the most, and the number is
# that end. Variables: see the head of figure.gp.

in(panel, cell, value) = (strcol("panel") eq panel && strcol("cell") eq cell) ? value : NaN
beyond(side) = strcol("crossing_beyond") eq side || strcol(side eq "1" ? "high_beyond" : "low_beyond") eq side
# gnuplot 5.4 does not survive labels that are all undefined: those that should not be there are empty.
outside(side, format, limit) = strcol("crossing_beyond") eq side ? sprintf(format, limit) : ""
LOW = DIFFICULTY_VALUE[1]
HIGH = DIFFICULTY_VALUE[DIFFICULTY_COUNT]
span = LOGARITHMIC ? log(HIGH / LOW) : HIGH - LOW
shifted(x, share) = LOGARITHMIC ? x * exp(share * span) : x + share * span
dodged(x, i) = shifted(x, 0.016 * (i - (CELL_COUNT + 1) / 2.0))
MARGIN = 0.09

COLUMNS = 2
ROWS = PANEL_COUNT
GRID_LEFT = 0.54
GRID_TOP = 0.46
GRID_BETWEEN = 0.62
LEFT_SHARE = 0.60     # of the width, for the scores
wide = (WIDTH - GRID_LEFT - GRID_RIGHT - GRID_BETWEEN)

set multiplot
if (LOGARITHMIC) { set logscale x 2 }
set xrange [shifted(LOW, -MARGIN):shifted(HIGH, MARGIN)]
do for [p = 1:PANEL_COUNT] {
    set tmargin at screen grid_top(2 * p)
    set bmargin at screen grid_bottom(2 * p)
    last = p == PANEL_COUNT
    if (DIFFICULTY_COUNT <= 10) {
        set xtics ("" LOW)
        do for [k = 1:DIFFICULTY_COUNT] { set xtics add ((last ? sprintf("%g", DIFFICULTY_VALUE[k]) : "") DIFFICULTY_VALUE[k]) }
    }
    if (last) { set format x "%g"; set xlabel DIFFICULTY offset 0, 0.5 noenhanced } else { set format x ""; unset xlabel }

    # ---- scores
    set lmargin at screen GRID_LEFT / WIDTH
    set rmargin at screen (GRID_LEFT + LEFT_SHARE * wide) / WIDTH
    set yrange [SCORE_MIN:SCORE_MAX]
    set ytics SCORE_TICK
    set ylabel "normalised final score" offset 1.0
    set label 1 title_above(letter(2 * p - 1), "final score".(PANEL_TITLE[p] eq "" ? "" : ", ".PANEL_TITLE[p])) at graph 0, 1.0 offset 0, 0.7
    plot THRESHOLD with lines linewidth 0.9 dashtype 1 linecolor rgb "#9a9a9a", \
         1 with lines linewidth 0.9 dashtype (12, 6) linecolor rgb "black", \
         0 with lines linewidth 0.9 dashtype (2, 5) linecolor rgb "black", \
         for [i = 1:CELL_COUNT] SCORES using (dodged(column("difficulty"), i)):(in(PANEL[p], CELL[i], column("low"))):(0):(column("high") - column("low")) \
             with vectors heads size screen 0.025 / WIDTH, 90 linecolor rgb COLOUR[i] linewidth 0.9 dashtype 1, \
         for [i = 1:CELL_COUNT] SCORES using (dodged(column("difficulty"), i)):(in(PANEL[p], CELL[i], column("mean"))) \
             with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.5 * POINT

    # ---- crossings
    set lmargin at screen (GRID_LEFT + LEFT_SHARE * wide + GRID_BETWEEN) / WIDTH
    set rmargin at screen 1.0 - GRID_RIGHT / WIDTH
    set yrange [0.5:CELL_COUNT + 0.5]
    unset ylabel
    set ytics scale 0 ("" 0) noenhanced
    do for [i = 1:CELL_COUNT] { set ytics add (CELL_NAME[i] CELL_COUNT + 1 - i) }
    set label 1 title_above(letter(2 * p), sprintf("falls below %g at", THRESHOLD)) at graph 0, 1.0 offset 0, 0.7
    plot for [i = 1:CELL_COUNT] CROSSINGS using (in(PANEL[p], CELL[i], column("low"))):(column("row")):(column("high") - column("low")):(0) \
             with vectors nohead linecolor rgb COLOUR[i] linewidth 1.6 dashtype 1, \
         for [i = 1:CELL_COUNT] CROSSINGS using (beyond("1") ? in(PANEL[p], CELL[i], HIGH) : NaN):(column("row")):(shifted(HIGH, 0.8 * MARGIN) - HIGH):(0) \
             with vectors head filled size screen 0.010, 20 linecolor rgb COLOUR[i] linewidth 1.6 dashtype 1, \
         for [i = 1:CELL_COUNT] CROSSINGS using (beyond("-1") ? in(PANEL[p], CELL[i], LOW) : NaN):(column("row")):(shifted(LOW, -0.8 * MARGIN) - LOW):(0) \
             with vectors head filled size screen 0.010, 20 linecolor rgb COLOUR[i] linewidth 1.6 dashtype 1, \
         for [i = 1:CELL_COUNT] CROSSINGS using (strcol("crossing_beyond") eq "0" ? in(PANEL[p], CELL[i], column("crossing")) : NaN):(column("row")) \
             with points linetype STYLE[i] linewidth 1.4 pointsize 0.7 * POINT, \
         for [i = 1:CELL_COUNT] CROSSINGS using (in(PANEL[p], CELL[i], HIGH)):(column("row")):(outside("1", "> %g", HIGH)) \
             with labels right offset 0, 0.75 font ",7" textcolor rgb INK, \
         for [i = 1:CELL_COUNT] CROSSINGS using (in(PANEL[p], CELL[i], LOW)):(column("row")):(outside("-1", "< %g", LOW)) \
             with labels left offset 0, 0.75 font ",7" textcolor rgb INK
}
unset label 1
unset logscale
unset border
unset tics
unset xlabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set bmargin at screen 1.0 - 0.24 / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 1 Left reverse samplen 2 width -1 noenhanced font ",7.5"
set xrange [0:1]
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [i = 1:CELL_COUNT] keyentry with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.55 * POINT title CELL_NAME[i], \
     keyentry with lines linewidth 1 dashtype (12, 6) linecolor rgb "black" title "optimal", \
     keyentry with lines linewidth 1 dashtype (2, 5) linecolor rgb "black" title "random"
unset label 9
unset multiplot

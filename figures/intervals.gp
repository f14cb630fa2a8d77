# Aggregates of scores: one panel for each metric, one row for each cell; a bar is an interval, the black tick the estimate.
#
# Data: intervals.csv (metric, cell, row, runs, estimate, low, high). Variables: see the head of figure.gp.

in(metric, cell, value) = (strcol("metric") eq metric && strcol("cell") eq cell) ? value : NaN

COLUMNS = 4
ROWS = 1
GRID_TOP = 0.30
GRID_BELOW = 0.34
longest = 0
do for [i = 1:CELL_COUNT] { if (strlen(CELL_NAME[i]) > longest) { longest = strlen(CELL_NAME[i]) } }
GRID_LEFT = 0.16 + 0.075 * longest
GRID_BETWEEN = 0.30
GRID_RIGHT = 0.20

set multiplot
set yrange [0.5:CELL_COUNT + 0.5]
set border 1
set grid xtics linetype 1 linewidth 0.4 dashtype 1 linecolor rgb "#d8d8d8"
set mxtics 2
do for [k = 1:4] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    unset ytics
    if (k == 1) {
        set ytics scale 0 ("" 0) noenhanced
        do for [i = 1:CELL_COUNT] { set ytics add (CELL_NAME[i] CELL_COUNT + 1 - i) }
    }
    if (k == 4) { set xrange [GAP_MIN:GAP_MAX]; set xtics 2 * GAP_TICK } else { set xrange [SCORE_MIN:SCORE_MAX]; set xtics 2 * SCORE_TICK }
    set label 1 title_above(letter(k), METRIC_TITLE[k]) at graph 0, 1.0 offset 0, 0.7
    plot for [i = 1:CELL_COUNT] INTERVALS using (in(METRIC[k], CELL[i], column("estimate"))):(column("row")): \
             (column("low")):(column("high")):(column("row") - 0.3):(column("row") + 0.3) \
             with boxxyerror fillstyle transparent solid 0.75 noborder linecolor rgb COLOUR[i], \
         for [i = 1:CELL_COUNT] INTERVALS using (in(METRIC[k], CELL[i], column("estimate"))):(column("row") - 0.36):(0):(0.72) \
             with vectors nohead linewidth 1.6 dashtype 1 linecolor rgb "black"
}
unset label 1
unset border
unset tics
unset grid
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set tmargin at screen 0.02
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label 9
unset multiplot

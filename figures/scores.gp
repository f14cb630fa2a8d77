# Final scores: every run a circle (a cross: it broke down), the mean with its t interval in black beside them. One panel for each task, with
# the same axes everywhere; several tasks have a last panel for their mean.
#
# Data: points.csv (panel, cell, seed, status, return, score, x), x = number of the cell -0.5 .. 0.5; means.csv (panel, cell, x, runs, broken,
# mean, low, high). Variables: see the head of figure.gp.

in(panel, cell, value) = (strcol("panel") eq panel && strcol("cell") eq cell) ? value : NaN
is(panel, cell, status, value) = strcol("status") eq status ? in(panel, cell, value) : NaN
# gnuplot 5.4 does not survive labels that are all undefined: those that should not be there are empty.
failures(count) = count > 0 ? sprintf("%d failed", count) : ""
strip(x, number) = number - 0.10 + 0.48 * (x - number)    # points left of the middle, the mean to their right
beside(number) = number + 0.26

GRID_LEFT = 0.56
GRID_TOP = PANEL_COUNT == 1 ? 0.12 : 0.30    # no legend: the tics name the cells
letters = 0
do for [i = 1:CELL_COUNT] { letters = letters + strlen(CELL_NAME[i]) + 2 }
crowded = 0.062 * letters > grid_wide(1)
if (crowded) { GRID_BELOW = 0.62 }

set multiplot
set xrange [0.5:CELL_COUNT + 0.5]
set yrange [SCORE_MIN:SCORE_MAX]
set ytics SCORE_TICK
set mytics 2
set xtics scale 0
do for [k = 1:PANEL_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    unset xtics
    if (grid_lowest(k, PANEL_COUNT)) {
        set xtics scale 0 ("" 0) noenhanced
        if (crowded) { set xtics rotate by 35 right offset 0.4, 0.2 } else { set xtics norotate offset 0, 0.2 }
        do for [i = 1:CELL_COUNT] { set xtics add (CELL_NAME[i] i) }
    }
    if (grid_column(k) == 0) { set format y "%g"; set ylabel "normalised final score" offset 0.9 } else { set format y ""; unset ylabel }
    if (PANEL_COUNT > 1) { set label 1 title_above(letter(k), PANEL_TITLE[k]) at graph 0, 1.0 offset 0, 0.7 }
    plot 1 with lines linewidth 0.9 dashtype (12, 6) linecolor rgb "black", \
         0 with lines linewidth 0.9 dashtype (2, 5) linecolor rgb "black", \
         for [i = 1:CELL_COUNT] POINTS using (strip(column("x"), i)):(is(PANEL[k], CELL[i], "ok", column("score"))) \
             with points linecolor rgb COLOUR[i] linewidth 0.9 pointtype 6 pointsize 0.5 * POINT, \
         for [i = 1:CELL_COUNT] POINTS using (strip(column("x"), i)):(is(PANEL[k], CELL[i], "broken", column("score"))) \
             with points linecolor rgb COLOUR[i] linewidth 1.4 pointtype 2 pointsize 0.6 * POINT, \
         for [i = 1:CELL_COUNT] MEANS using (beside(i)):(in(PANEL[k], CELL[i], column("low"))):(0):(column("high") - column("low")) \
             with vectors heads size screen 0.025 / WIDTH, 90 linecolor rgb "black" linewidth 1.2 dashtype 1, \
         for [i = 1:CELL_COUNT] MEANS using (beside(i)):(in(PANEL[k], CELL[i], column("mean"))) \
             with points linecolor rgb "black" pointtype 7 pointsize 0.5 * POINT, \
         for [i = 1:CELL_COUNT] MEANS using (i):(in(PANEL[k], CELL[i], SCORE_MAX)):(failures(column("broken"))) \
             with labels font ",6.5" offset 0, -0.4 textcolor rgb INK
}
unset label 1
unset border
unset tics
unset ylabel
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set tmargin at screen 0.02
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label 9
unset multiplot

# Performance profiles: the share of runs above every score, as stairs: all cells together, and each by itself with its pointwise band.
#
# Data: profiles.csv (cell, score, share, low, high): every step twice, an empty line after each cell. Variables: see the head of figure.gp.

of(cell, value) = strcol("cell") eq cell ? value : NaN
panels = CELL_COUNT == 1 ? 1 : CELL_COUNT + 1
shown(k, i) = panels == 1 || k == 1 || i == k - 1    # cell i in panel k
banded(k, i) = panels == 1 || i == k - 1
other(k, i) = k > 1 && i != k - 1

GRID_TOP = 0.30
GRID_LEFT = 0.54
set multiplot
set xrange [SCORE_MIN:SCORE_MAX]
set xtics SCORE_TICK
set mxtics 2
set yrange [0:1.03]
set ytics 0.5
set mytics 5
do for [k = 1:panels] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    if (grid_lowest(k, panels)) { set format x "%g"; set xlabel "normalised final score" offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (grid_column(k) == 0) { set format y "%g"; set ylabel "share of runs above" offset 0.8 } else { set format y ""; unset ylabel }
    set label 1 title_above(letter(k), panels == 1 ? CELL_NAME[1] : k == 1 ? "all cells" : CELL_NAME[k - 1]) at graph 0, 1.0 offset 0, 0.7
    plot for [i = 1:CELL_COUNT] PROFILES using "score":(other(k, i) ? of(CELL[i], column("share")) : NaN) \
             with lines linecolor rgb "#c8c8c8" linewidth 0.8 dashtype 1, \
         for [i = 1:CELL_COUNT] PROFILES using "score":(banded(k, i) ? of(CELL[i], column("low")) : NaN):(of(CELL[i], column("high"))) \
             with filledcurves linecolor rgb COLOUR[i] fillstyle transparent solid 0.25 noborder, \
         for [i = 1:CELL_COUNT] PROFILES using "score":(shown(k, i) ? of(CELL[i], column("share")) : NaN) \
             with lines linecolor rgb COLOUR[i] linewidth 1.6 dashtype 1
}
unset label 1
unset border
unset tics
unset xlabel
unset ylabel
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set tmargin at screen 0.02
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label 9
unset multiplot

# Interquartile mean of scores during training: all cells together with their pointwise bands, and each by itself with both bands.
#
# Data: efficiency.csv (cell, episode, runs, iqm, low, high, low_everywhere, high_everywhere), an empty line after each cell. Variables: see
# the head of figure.gp.

of(cell, value) = strcol("cell") eq cell ? value : NaN
panels = CELL_COUNT == 1 ? 1 : CELL_COUNT + 1
shown(k, i) = panels == 1 || k == 1 || i == k - 1    # cell i in panel k
other(k, i) = k > 1 && i != k - 1

GRID_TOP = 0.30
GRID_LEFT = 0.56
set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2
set yrange [SCORE_MIN:SCORE_MAX]
set ytics SCORE_TICK
do for [k = 1:panels] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    alone = panels == 1 || k > 1
    if (grid_lowest(k, panels)) { set format x "%g"; set xlabel "training episodes" offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (grid_column(k) == 0) { set format y "%g"; set ylabel "normalised score, IQM" offset 1.0 } else { set format y ""; unset ylabel }
    set label 1 title_above(letter(k), panels == 1 ? CELL_NAME[1] : k == 1 ? "all cells" : CELL_NAME[k - 1]) at graph 0, 1.0 offset 0, 0.7
    plot for [i = 1:CELL_COUNT] EFFICIENCY using "episode":(other(k, i) ? of(CELL[i], column("iqm")) : NaN) \
             with lines linecolor rgb "#c8c8c8" linewidth 0.8 dashtype 1, \
         for [i = 1:CELL_COUNT] EFFICIENCY using "episode": \
             (alone && shown(k, i) ? of(CELL[i], column("low_everywhere")) : NaN):(of(CELL[i], column("high_everywhere"))) \
             with filledcurves linecolor rgb COLOUR[i], \
         for [i = 1:CELL_COUNT] EFFICIENCY using "episode": \
             (shown(k, i) ? of(CELL[i], column("low")) : NaN):(of(CELL[i], column("high"))) \
             with filledcurves linecolor rgb COLOUR[i] fillstyle transparent solid (alone ? 0.3 : 0.16) noborder, \
         1 with lines linewidth 0.9 dashtype (12, 6) linecolor rgb "black", \
         0 with lines linewidth 0.9 dashtype (2, 5) linecolor rgb "black", \
         for [i = 1:CELL_COUNT] EFFICIENCY using "episode":(shown(k, i) ? of(CELL[i], column("iqm")) : NaN) \
             with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.42 * POINT pointinterval MARKS
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

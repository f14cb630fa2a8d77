# Information against a number that it may depend on, such as that of the particles of a belief: before training open markers and thin lines,
# after it filled markers. A panel for each set of histories (columns), each cell and what else varies (rows).
#
# Data: points.csv (panel, cell, set, estimator, stage, x, episode, runs, mean, low, high). Variables: see the head of figure.gp.

in(k, e, stage, value) = (strcol("panel") eq PANEL[k] && strcol("cell") eq CELL[k] && strcol("set") eq SET[k] \
                          && strcol("estimator") eq ESTIMATOR[e] && strcol("stage") eq stage) ? value : NaN
span = X_HIGH <= X_LOW ? 1 : LOGARITHMIC ? log(X_HIGH / X_LOW) : X_HIGH - X_LOW
shifted(x, share) = LOGARITHMIC ? x * exp(share * span) : x + share * span
dodged(x, e, stage) = shifted(x, 0.022 * (e - (ESTIMATOR_COUNT + 1) / 2.0) + (stage eq "trained" ? 0.005 : -0.005))

GRID_TOP = 0.70
GRID_ABOVE = 0.34
set multiplot
if (LOGARITHMIC) { set logscale x 2 }
set xrange [shifted(X_LOW, -0.1):shifted(X_HIGH, 0.1)]
set yrange [MI_MIN:MI_MAX]
set ytics MI_TICK
do for [k = 1:PLOT_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    lowest = grid_lowest(k, PLOT_COUNT)
    if (TICK_COUNT <= 10) {
        set xtics ("" TICK[1])
        do for [t = 1:TICK_COUNT] { set xtics add ((lowest ? sprintf("%g", TICK[t]) : "") TICK[t]) }
    }
    if (lowest) { set format x "%g"; set xlabel AXIS_NAME offset 0, 0.5 noenhanced } else { set format x ""; unset xlabel }
    if (grid_column(k) == 0) { set format y "%g"; set label 5 "information (nats)" at screen 0.13 / WIDTH, graph 0.5 center rotate } else { set format y "" }
    set label 1 title_above(letter(k), TITLE[k]) at graph 0, 1.0 offset 0, 0.7
    plot NaN notitle, \
         for [s in "untrained trained"] for [e = 1:ESTIMATOR_COUNT] POINTS using (dodged(column("x"), e, s)):(in(k, e, s, column("low"))):(0):(column("high") - column("low")) \
             with vectors heads size screen 0.025 / WIDTH, 90 linewidth 0.9 dashtype 1 linecolor rgb COLOUR[e], \
         for [s in "untrained trained"] for [e = 1:ESTIMATOR_COUNT] POINTS using (dodged(column("x"), e, s)):(in(k, e, s, column("mean"))) \
             with lines linewidth (s eq "trained" ? 1.4 : 0.7) dashtype DASH[e] linecolor rgb COLOUR[e], \
         for [e = 1:ESTIMATOR_COUNT] POINTS using (dodged(column("x"), e, "untrained")):(in(k, e, "untrained", column("mean"))) \
             with points pointtype FILLED[e] pointsize 0.55 * POINT linecolor rgb "white", \
         for [s in "untrained trained"] for [e = 1:ESTIMATOR_COUNT] POINTS using (dodged(column("x"), e, s)):(in(k, e, s, column("mean"))) \
             with points pointtype (s eq "trained" ? FILLED[e] : OPEN[e]) pointsize 0.55 * POINT linewidth 1 linecolor rgb COLOUR[e]
    unset label
}

# ---- legend in a strip of its own, and the caption at the foot
unset logscale
unset border
unset tics
unset xlabel
unset ylabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set bmargin at screen 1.0 - 0.46 / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows (WIDTH < 5 ? 3 : 2) Left reverse samplen 2.4 width 1 noenhanced font ",7.5"
set xrange [0:1]
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [e = 1:ESTIMATOR_COUNT] keyentry with linespoints linewidth 1.4 dashtype DASH[e] pointtype FILLED[e] pointsize 0.55 * POINT linecolor rgb COLOUR[e] title ESTIMATOR_NAME[e], \
     keyentry with linespoints linewidth 0.7 dashtype 1 pointtype 6 pointsize 0.55 * POINT linecolor rgb INK title "untrained", \
     keyentry with linespoints linewidth 1.4 dashtype 1 pointtype 7 pointsize 0.55 * POINT linecolor rgb INK title "trained"
unset label 9
unset multiplot

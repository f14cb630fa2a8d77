# Estimates of mutual information against the truth: a panel for each estimator, a marker for each task, a colour and shape for each family
# of tasks.
#
# Data: information.csv (estimator, family, task, many, truth, at, estimate, low, high, edge, unreliable, ceiling). Variables: see the head of figure.gp.

GRID_TOP = 0.52
GRID_BETWEEN = 0.09
GRID_ABOVE = 0.24
GRID_LEFT = 0.44

# A column of the data where a row belongs to the panel's estimator and the family; `many`: with so many coordinates (2: however many).
belongs(k, f, many) = strcol("estimator") eq PANEL[k] && strcol("family") eq FAMILY[f] && (many == 2 || column("many") == many)
of(k, f, many, name) = belongs(k, f, many) ? column(name) : NaN
# Of estimates that are not (0) or are (1) unreliable.
worth(k, f, many, bad, name) = belongs(k, f, many) && column("unreliable") == bad ? column(name) : NaN
beyond(k, f) = belongs(k, f, 2) && column("edge") == 1 ? column("estimate") : NaN

set multiplot
set xrange [0:1.85]
set yrange [LOWEST:HIGHEST]
set xtics 0.5 font ",7" offset 0, 0.3
set ytics 0.5 font ",7" offset 0.4, 0
set mxtics 5
set mytics 5
do for [k = 1:PANEL_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    if (grid_lowest(k, PANEL_COUNT)) { set format x "%g"; set xlabel "truth" offset 0, 0.9 font ",7.5" } else { set format x ""; unset xlabel }
    if (grid_column(k) == 0) { set format y "%g"; set ylabel "estimate" offset 1.6 font ",7.5" } else { set format y ""; unset ylabel }
    set label 1 title_above(letter(k), PANEL[k]) at graph 0, 1.0 left offset 0, 0.55 font ",7.5"
    set label 2 NOTE[k] at graph 0.03, 0.95 left font ",6" noenhanced textcolor rgb INK
    plot x with lines linewidth 0.9 dashtype 1 linecolor rgb "black", \
         for [f = 1:FAMILY_COUNT] INFORMATION using (of(k, f, 2, "at") - 0.035):(of(k, f, 2, "ceiling")):(0.07):(0) \
             with vectors nohead linewidth 1.4 dashtype 1 linecolor rgb "#808080", \
         for [f = 1:FAMILY_COUNT] INFORMATION using "at":(worth(k, f, 2, 1, "low")):(0):(column("high") - column("low")) \
             with vectors nohead linewidth 0.8 dashtype 1 linecolor rgb PALE[f], \
         for [f = 1:FAMILY_COUNT] INFORMATION using "at":(worth(k, f, 1, 1, "estimate")) \
             with points pointtype OPEN[f] pointsize 0.5 * POINT linewidth 0.8 linecolor rgb PALE[f], \
         for [f = 1:FAMILY_COUNT] INFORMATION using "at":(worth(k, f, 0, 1, "estimate")) \
             with points pointtype FILLED[f] pointsize 0.5 * POINT linewidth 0.8 linecolor rgb PALE[f], \
         for [f = 1:FAMILY_COUNT] INFORMATION using "at":(worth(k, f, 2, 0, "low")):(0):(column("high") - column("low")) \
             with vectors nohead linewidth 0.8 dashtype 1 linecolor rgb COLOUR[f], \
         for [f = 1:FAMILY_COUNT] INFORMATION using "at":(worth(k, f, 1, 0, "estimate")) \
             with points pointtype OPEN[f] pointsize 0.5 * POINT linewidth 0.8 linecolor rgb COLOUR[f], \
         for [f = 1:FAMILY_COUNT] INFORMATION using "at":(worth(k, f, 0, 0, "estimate")) \
             with points pointtype FILLED[f] pointsize 0.5 * POINT linewidth 0.8 linecolor rgb COLOUR[f], \
         for [f = 1:FAMILY_COUNT] INFORMATION using "at":(beyond(k, f)) \
             with points pointtype 6 pointsize 0.9 * POINT linewidth 0.8 linecolor rgb "black"
}
unset label 1
unset label 2

# ---- legend in a line of its own, and the caption at the foot
unset border
unset tics
unset xlabel
unset ylabel
set xrange [0:1]
set yrange [0:1]
set lmargin at screen 0.02
set rmargin at screen 0.98
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set bmargin at screen 1.0 - 0.24 / HEIGHT
set tmargin at screen 1.0 - 0.05 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 1 Left reverse samplen 0.6 width 1 noenhanced font ",7"
plot NaN notitle, \
     for [f = 1:FAMILY_COUNT] keyentry with points pointtype FILLED[f] pointsize 0.6 * POINT linewidth 0.8 linecolor rgb COLOUR[f] title FAMILY_NAME[f]
unset multiplot

//! Figures of `--plot` as SVG. Knows no protocol.

use std::path::Path;

use osusume_tables::TableError;
use osusume_train::{KnobPoint, Report};
use plotters::coord::Shift;
use plotters::prelude::*;

type Drawn = Result<(), Box<dyn std::error::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const SIZE: (u32, u32) = (860, 460);
const MARGIN: f64 = 0.08;

/// Draws a figure into `path`, in `panels` side by side.
fn figure(
    path: &Path,
    panels: usize,
    draw: impl FnOnce(&[Area<'_>]) -> Drawn,
) -> crate::error::Result<()> {
    let mut text = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        root.fill(&WHITE)
            .map_err(Into::into)
            .and_then(|()| draw(&root.split_evenly((1, panels))))
            .and_then(|()| root.present().map_err(Into::into))
    };
    let failed = |error: String| TableError::io(path)(std::io::Error::other(error));
    drawn.map_err(|error| failed(error.to_string()))?;
    std::fs::write(path, text).map_err(TableError::io(path))?;
    Ok(())
}

/// Returns the range of the values with a margin.
fn span(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let margin = ((high - low) * MARGIN).max(1e-3);
    low - margin..high + margin
}

/// Draws quality against the popularity of the lists, one point a model.
pub fn models(path: &Path, reports: &[(String, Report)]) -> crate::error::Result<()> {
    let points = |of: fn(&Report) -> f64| -> Vec<(f64, f64, &str)> {
        reports.iter().map(|(name, r)| (r.lists.popularity, of(r), name.as_str())).collect()
    };
    figure(path, 2, |areas| {
        scatter(&areas[0], "item to item: HR@10", &points(|r| r.item_to_item.hr10))?;
        scatter(&areas[1], "a user's list: NDCG@10", &points(|r| r.full.ndcg10))
    })
}

fn scatter(area: &Area<'_>, title: &str, points: &[(f64, f64, &str)]) -> Drawn {
    let (x, y) = (span(points.iter().map(|p| p.0)), span(points.iter().map(|p| p.1)));
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(x.clone(), y)?;
    chart
        .configure_mesh()
        .x_desc("mean popularity percentile of item-to-item lists")
        .light_line_style(TRANSPARENT)
        .draw()?;
    chart.draw_series((0..).zip(points).map(|(n, &(at, value, name))| {
        let name = name.trim_end_matches(".toml");
        // Names are drawn towards the middle, in turn below and above their points.
        let left = at > f64::midpoint(x.start, x.end);
        let width = i32::try_from(name.len()).unwrap_or(0) * 6 + 6;
        EmptyElement::at((at, value))
            + Circle::new((0, 0), 4, BLUE.filled())
            + Text::new(
                name.to_owned(),
                (if left { -width } else { 7 }, if n % 2 == 0 { 2 } else { -14 }),
                ("sans-serif", 12),
            )
    }))?;
    Ok(())
}

/// Draws how the setting `niche` changes the lists of one model.
pub fn knob(path: &Path, name: &str, points: &[KnobPoint]) -> crate::error::Result<()> {
    let line = |of: &dyn Fn(&KnobPoint) -> f64| -> Vec<(f64, f64)> {
        points.iter().map(|point| (f64::from(point.niche), of(point))).collect()
    };
    let shown = [
        ("popularity percentile", line(&|p| p.lists.popularity)),
        ("share of the catalogue shown", line(&|p| p.lists.coverage)),
    ];
    let found =
        [("HR@10", line(&|p| p.hr10)), ("HR@10, every item alike", line(&|p| p.macro_hr10))];
    figure(path, 2, |areas| {
        lines(&areas[0], &format!("{name}: what is shown"), 0.0..1.0, &shown)?;
        let top = found.iter().flat_map(|(_, points)| points).map(|p| p.1).fold(0.0, f64::max);
        lines(&areas[1], "what is found", 0.0..top * 1.15, &found)
    })
}

fn lines(
    area: &Area<'_>,
    title: &str,
    y: std::ops::Range<f64>,
    all: &[(&str, Vec<(f64, f64)>)],
) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..1.0, y)?;
    chart.configure_mesh().x_desc("niche").light_line_style(TRANSPARENT).draw()?;
    for ((name, points), colour) in all.iter().zip([BLUE, RED]) {
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}

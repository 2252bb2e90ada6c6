//! A page that is laid out, as PDF.

use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
};

use crate::lay::{HEIGHT, Layout, Line, Mark, Part, WIDTH};
use crate::{NotDrawn, Paper};

pub(crate) fn write(paper: &Paper, layout: &Layout) -> Result<Vec<u8>, NotDrawn> {
    let failed = |why: &str| NotDrawn::Failed(why.to_owned());
    let mut document = Document::new();
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| failed("size of the page"))?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    let mut tree = TagTree::new().with_lang(Some(paper.language.to_owned()));
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)));
    for mark in &layout.marks {
        draw_mark(&mut surface, *mark);
    }
    surface.end_tagged();
    for part in &layout.parts {
        let group = match part {
            Part::Title(lines) => group(&mut surface, heading(1), lines),
            Part::Heading(lines) => group(&mut surface, heading(2), lines),
            Part::Paragraph(lines) => group(&mut surface, TagGroup::new(Tag::P), lines),
            Part::Table(rows) => table(&mut surface, rows),
        };
        tree.push(group);
    }
    surface.finish();
    page.finish();
    let metadata = Metadata::new()
        .title(paper.title.clone())
        .language(paper.language.to_owned())
        .creator("Liên Thông".to_owned());
    document.set_metadata(metadata);
    document.set_tag_tree(tree);
    document.finish().map_err(|error| NotDrawn::Failed(format!("{error:?}")))
}

fn heading(level: u16) -> TagGroup {
    let level = std::num::NonZeroU16::new(level).unwrap_or(std::num::NonZeroU16::MIN);
    TagGroup::new(Tag::Hn(level, None))
}

fn group(surface: &mut Surface<'_>, mut group: TagGroup, lines: &[Line]) -> TagGroup {
    for line in lines {
        group.push(draw_line(surface, line));
    }
    group
}

fn table(surface: &mut Surface<'_>, rows: &[Vec<Vec<Line>>]) -> TagGroup {
    let mut table = TagGroup::new(Tag::Table);
    for (number, cells) in rows.iter().enumerate() {
        let mut row = TagGroup::new(Tag::TR);
        for lines in cells {
            let cell = if number == 0 {
                TagGroup::new(Tag::TH(TableHeaderScope::Column))
            } else {
                TagGroup::new(Tag::TD)
            };
            row.push(group(surface, cell, lines));
        }
        table.push(row);
    }
    table
}

fn draw_line(surface: &mut Surface<'_>, line: &Line) -> Identifier {
    let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
    if let Some(font) = line.face.font() {
        let glyphs = line.face.glyphs(&line.text, line.stretch);
        surface.draw_glyphs(Point::from_xy(line.x, line.y), &glyphs, font, &line.text, line.size, false);
    }
    surface.end_tagged();
    id
}

fn draw_mark(surface: &mut Surface<'_>, mark: Mark) {
    let Some(rect) = Rect::from_xywh(mark.x, mark.y, mark.width, mark.height) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

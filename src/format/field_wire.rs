//! The values of a field in a catalogue's columns, each column as narrow as its values allow.
//! Imports `columns` and `wire`; `catalogue` imports it.

use super::columns::{FieldType, FieldValues, Role, TagList};
use super::wire::{Broken, Number, Reader, Writer};

/// Whole numbers from 0, in one, two or four bytes each.
pub(super) enum Integers {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Integers {
    /// Returns the numbers in the smallest width that holds them all.
    pub fn of(numbers: impl Iterator<Item = u32> + Clone) -> Self {
        match numbers.clone().max().unwrap_or(0) {
            0..=0xff => Self::One(numbers.map(|number| number as u8).collect()),
            0x100..=0xffff => Self::Two(numbers.map(|number| number as u16).collect()),
            _ => Self::Four(numbers.collect()),
        }
    }

    pub fn into_numbers(self) -> Vec<u32> {
        match self {
            Self::One(numbers) => numbers.into_iter().map(u32::from).collect(),
            Self::Two(numbers) => numbers.into_iter().map(u32::from).collect(),
            Self::Four(numbers) => numbers,
        }
    }

    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Broken> {
        let width = reader.number()?;
        Self::of_width(reader, width)
    }

    /// Reads a list of numbers of `width` bytes each.
    fn of_width(reader: &mut Reader<'_>, width: u8) -> Result<Self, Broken> {
        match width {
            1 => reader.list().map(Self::One),
            2 => reader.list().map(Self::Two),
            4 => reader.list().map(Self::Four),
            _ => Err("a width of whole numbers is not 1, 2 or 4"),
        }
    }

    pub fn write(&self, writer: &mut Writer) {
        match self {
            Self::One(numbers) => numbered(writer, 1, numbers),
            Self::Two(numbers) => numbered(writer, 2, numbers),
            Self::Four(numbers) => numbered(writer, 4, numbers),
        }
    }
}

/// Adds the number of a form and a list.
fn numbered<T: Number>(writer: &mut Writer, form: u8, list: &[T]) {
    writer.add(&form);
    writer.add(list);
}

const TAGS: u8 = 0;
const CATEGORY: u8 = 1;
const NUMBER: u8 = 2;
const DATE: u8 = 3;
/// The type of a column of texts, such as titles.
pub(super) const TEXT: u8 = 4;

/// Returns the number of a type in the columns.
pub(super) const fn type_number(kind: FieldType) -> u8 {
    match kind {
        FieldType::Tags => TAGS,
        FieldType::Category => CATEGORY,
        FieldType::Number => NUMBER,
        FieldType::Date => DATE,
        FieldType::Text => TEXT,
    }
}

/// The roles in the order of their numbers, which begin at 1.
const ROLES: [Role; 6] =
    [Role::Title, Role::Url, Role::Image, Role::Popularity, Role::Group, Role::Published];

/// Returns the number of a role in the columns; 0 is none.
pub(super) fn role_number(role: Option<Role>) -> u8 {
    let at = role.and_then(|role| ROLES.iter().position(|&other| other == role));
    at.map_or(0, |at| at as u8 + 1)
}

/// Reads the number of a role.
pub(super) fn read_role(reader: &mut Reader<'_>) -> Result<Option<Role>, Broken> {
    let number = usize::from(reader.number::<u8>()?);
    let Some(at) = number.checked_sub(1) else { return Ok(None) };
    ROLES.get(at).copied().map(Some).ok_or("a field has a role that does not exist")
}

/// Reads the values of a field of the type with this number.
pub(super) fn read_values(
    reader: &mut Reader<'_>,
    kind: u8,
    ids: &[u32],
) -> Result<FieldValues, Broken> {
    Ok(match kind {
        TAGS => {
            let names = reader.texts()?;
            let counts = Integers::read(reader)?.into_numbers();
            let indices = Integers::read(reader)?.into_numbers();
            let sum: u64 = counts.iter().copied().map(u64::from).sum();
            if sum != indices.len() as u64 {
                return Err("the tags do not add up");
            }
            let counts = counts.into_iter().map(|count| count as usize);
            FieldValues::Tags(TagList::new(names, counts, indices))
        }
        CATEGORY => {
            let names = reader.texts()?;
            FieldValues::Category { names, values: Integers::read(reader)?.into_numbers() }
        }
        NUMBER => FieldValues::Number(read_numbers(reader, ids)?),
        DATE => {
            let days = reader.list::<u32>()?;
            FieldValues::Date(days.into_iter().map(u32::cast_signed).collect())
        }
        TEXT => FieldValues::Text(reader.text()?),
        _ => return Err("a field has a type that does not exist"),
    })
}

/// Writes the values of a field, after its type.
pub(super) fn write_values(
    writer: &mut Writer,
    values: &FieldValues,
    role: Option<Role>,
    ids: &[u32],
) {
    match values {
        FieldValues::Tags(TagList { names, starts, indices }) => {
            writer.add(names);
            Integers::of(starts.windows(2).map(|pair| pair[1] - pair[0])).write(writer);
            Integers::of(indices.iter().copied()).write(writer);
        }
        FieldValues::Category { names, values } => {
            writer.add(names);
            Integers::of(values.iter().copied()).write(writer);
        }
        FieldValues::Number(values) => write_numbers(writer, values, role, ids),
        FieldValues::Date(days) => writer.add(days),
        FieldValues::Text(lines) => writer.add(lines),
    }
}

/// The form of a column of numbers: decimals in one, two or four bytes.
const DECIMALS: [u8; 3] = [1, 2, 3];
const SINGLES: u8 = 4;
const DOUBLES: u8 = 5;
const FIRST_IDS: u8 = 6;

/// Most digits behind the point of a decimal.
const MAX_SCALE: u8 = 3;

const POWERS: [f64; MAX_SCALE as usize + 1] = [1.0, 10.0, 100.0, 1000.0];

/// Reads a column of numbers of any form. Signed numbers and f32 are read by their bits, because a
/// decoder for each type would be a kilobyte more of the browser's module.
fn read_numbers(reader: &mut Reader<'_>, ids: &[u32]) -> Result<Vec<f64>, Broken> {
    match reader.number::<u8>()? {
        1 => decimals(reader, 1),
        2 => decimals(reader, 2),
        3 => decimals(reader, 4),
        SINGLES => {
            let bits = reader.list::<u32>()?;
            Ok(bits.into_iter().map(|bits| f32::from_bits(bits).into()).collect())
        }
        DOUBLES => reader.list(),
        FIRST_IDS => first_ids(&Integers::read(reader)?.into_numbers(), ids),
        _ => Err("a column of numbers has a form that does not exist"),
    }
}

/// Reads decimals: whole numbers of `width` bytes, divided by the same power of ten. The least
/// number is "unknown".
fn decimals(reader: &mut Reader<'_>, width: u8) -> Result<Vec<f64>, Broken> {
    let scale: u8 = reader.number()?;
    let power = *POWERS.get(usize::from(scale)).ok_or("a decimal has more than three digits")?;
    let value = |number: i32, unknown: i32| {
        if number == unknown { f64::NAN } else { f64::from(number) / power }
    };
    Ok(match Integers::of_width(reader, width)? {
        Integers::One(numbers) => {
            numbers.into_iter().map(|n| value(n.cast_signed().into(), i8::MIN.into())).collect()
        }
        Integers::Two(numbers) => {
            numbers.into_iter().map(|n| value(n.cast_signed().into(), i16::MIN.into())).collect()
        }
        Integers::Four(numbers) => {
            numbers.into_iter().map(|n| value(n.cast_signed(), i32::MIN)).collect()
        }
    })
}

/// Writes numbers in the smallest form that keeps each of them exactly.
fn write_numbers(writer: &mut Writer, values: &[f64], role: Option<Role>, ids: &[u32]) {
    if role == Some(Role::Group)
        && let Some(back) = rows_behind_first(values, ids)
    {
        writer.add(&FIRST_IDS);
        return Integers::of(back.iter().copied()).write(writer);
    }
    let most = [i8::MAX.into(), i16::MAX.into(), i32::MAX];
    for (form, most) in DECIMALS.into_iter().zip(most) {
        for scale in 0..=MAX_SCALE {
            let Some(numbers) = scaled(values, POWERS[usize::from(scale)], most) else { continue };
            writer.add(&form);
            writer.add(&scale);
            return match form {
                1 => writer.add(&narrow(&numbers, |number| number as i8)),
                2 => writer.add(&narrow(&numbers, |number| number as i16)),
                _ => writer.add(&numbers),
            };
        }
    }
    let singles: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    let is_exact = |(&single, &value): (&f32, &f64)| is_same(f64::from(single), value);
    if singles.iter().zip(values).all(is_exact) {
        numbered(writer, SINGLES, &singles);
    } else {
        numbered(writer, DOUBLES, values);
    }
}

fn narrow<T>(numbers: &[i32], cast: fn(i32) -> T) -> Vec<T> {
    // The least number of a narrower type is "unknown" too.
    numbers.iter().map(|&number| cast(number)).collect()
}

/// Says whether two numbers are the same bits, or both unknown.
fn is_same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Returns the values times `power`, if they are whole, from `-most` to `most`, and give back each
/// value exactly. An unknown value is `-most - 1`.
fn scaled(values: &[f64], power: f64, most: i32) -> Option<Vec<i32>> {
    let number = |&value: &f64| {
        if value.is_nan() {
            return Some(-most - 1);
        }
        let number = (value * power).round();
        let whole = number as i32; // saturates, and has one zero
        let is_exact = number.abs() <= f64::from(most) && is_same(f64::from(whole) / power, value);
        is_exact.then_some(whole)
    };
    values.iter().map(number).collect()
}

/// Returns for each row how many rows it is behind the first row of its value, if every value is
/// the id of the first of two or more rows that have it.
///
/// Series are numbered like this, and ids compress badly where distances do not.
fn rows_behind_first(values: &[f64], ids: &[u32]) -> Option<Vec<u32>> {
    let keys = values.iter().map(|value| (!value.is_nan()).then_some(*value as u32));
    let firsts = first_rows(keys);
    let back: Vec<u32> = (0..).zip(firsts).map(|(row, first): (u32, u32)| row - first).collect();
    let again = first_ids(&back, ids).ok()?;
    again.iter().zip(values).all(|(&a, &b)| is_same(a, b)).then_some(back)
}

/// Returns for each row the first row with the same key, or the row itself if it has no key.
pub(crate) fn first_rows(keys: impl Iterator<Item = Option<u32>>) -> Vec<u32> {
    let mut firsts = Vec::new();
    let mut keyed = Vec::new();
    for (key, row) in keys.zip(0..) {
        firsts.push(row);
        keyed.extend(key.map(|key| (key, row)));
    }
    keyed.sort_unstable();
    for at in 1..keyed.len() {
        if keyed[at].0 == keyed[at - 1].0 {
            firsts[keyed[at].1 as usize] = firsts[keyed[at - 1].1 as usize];
        }
    }
    firsts
}

/// Returns for each row the id of the first row of its group, or NaN if it is alone.
fn first_ids(back: &[u32], ids: &[u32]) -> Result<Vec<f64>, Broken> {
    if back.len() != ids.len() {
        return Err("a column has another length than the catalogue");
    }
    let mut values = vec![f64::NAN; ids.len()];
    for (row, &distance) in back.iter().enumerate().filter(|&(_, &distance)| distance > 0) {
        let first = row.checked_sub(distance as usize).filter(|&first| back[first] == 0);
        let first = first.ok_or("a group does not start with its first item")?;
        (values[row], values[first]) = (f64::from(ids[first]), f64::from(ids[first]));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNKNOWN: f64 = f64::NAN;

    /// Returns the form of a column of numbers, and the numbers that are read from it.
    fn through(values: &[f64], role: Option<Role>, ids: &[u32]) -> (u8, Vec<f64>) {
        let mut writer = Writer::default();
        write_numbers(&mut writer, values, role, ids);
        (writer.0[0], read_numbers(&mut Reader(&writer.0), ids).unwrap())
    }

    fn same(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| is_same(a, b))
    }

    #[test]
    fn numbers_take_the_smallest_form_that_is_exact() {
        let cases: [(&[f64], u8); 14] = [
            (&[], 1),
            (&[1.0, -127.0, UNKNOWN], 1),
            (&[12.7, 0.1], 1),
            (&[-128.0], 2),
            (&[8.71, 7.9, UNKNOWN], 2),
            (&[32.767], 2),
            (&[2002.0], 2),
            (&[1e6], 3),
            (&[32.768], 3),
            (&[-2_147_483_647.0], 3),
            (&[0.0625], SINGLES),
            (&[-0.0, UNKNOWN], SINGLES),
            (&[-2_147_483_648.0], SINGLES),
            (&[1.0 / 3.0, 7.0], DOUBLES),
        ];
        for (values, form) in cases {
            let (found, read) = through(values, None, &[]);
            assert!(found == form && same(&read, values), "{values:?}: {found}, {read:?}");
        }
    }

    #[test]
    fn groups_named_by_their_first_item_are_distances() {
        let ids = [7, 30, 5, 9];
        let group = Some(Role::Group);
        for (values, form) in [
            ([7.0, UNKNOWN, 7.0, UNKNOWN], FIRST_IDS),
            ([7.0, 30.0, 30.0, 7.0], FIRST_IDS),
            ([5.0, UNKNOWN, 5.0, UNKNOWN], 1),     // not the first
            ([7.0, UNKNOWN, UNKNOWN, UNKNOWN], 1), // alone
        ] {
            let (found, read) = through(&values, group, &ids);
            assert!(found == form && same(&read, &values), "{values:?}: {found}, {read:?}");
        }
        assert_eq!(through(&[7.0, 7.0], None, &[7, 1]).0, 1, "no group");
        for back in [[0, 2, 0, 0], [0, 1, 1, 0]] {
            assert!(first_ids(&back, &ids).is_err(), "{back:?}");
        }
    }

    #[test]
    fn whole_numbers_take_one_two_or_four_bytes() {
        for (number, form) in [(255, 1), (256, 2), (65_535, 2), (65_536, 4)] {
            let mut writer = Writer::default();
            Integers::of([0, number].into_iter()).write(&mut writer);
            assert_eq!(writer.0[0], form);
            assert_eq!(Integers::read(&mut Reader(&writer.0)).unwrap().into_numbers(), [0, number]);
        }
        assert!(Integers::read(&mut Reader(&[3, 0, 0, 0, 0, 0, 0, 0, 0])).is_err());
    }

    #[test]
    fn rows_of_one_key_share_their_first_row() {
        let keys = [Some(5), None, Some(7), Some(5), None, Some(5), Some(7)];
        assert_eq!(first_rows(keys.into_iter()), [0, 1, 2, 0, 4, 0, 2]);
    }

    proptest! {
        #[test]
        fn every_number_is_kept(values in proptest::collection::vec(
            prop_oneof![
                any::<f64>().prop_filter("finite", |value| !value.is_infinite()),
                (-100_000_i32..100_000).prop_map(|n| f64::from(n) / 1000.0),
            ],
            0..5,
        )) {
            prop_assert!(same(&through(&values, None, &[]).1, &values));
        }
    }
}

//! Bodies flow both ways at once, at the pace of whoever reads them.

mod both_ways;
mod bulk;
mod pressure;
mod trailers;
mod upgrade;

//! Tests of the opener against cameras of ours and of others.

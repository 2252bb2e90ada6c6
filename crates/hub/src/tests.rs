//! The registry on both databases, and what stands before it: the API.

mod accounts;
mod ahead;
mod api;
mod applying;
mod arranged;
mod assess;
mod briefs;
mod catalogue;
mod certificates;
mod classes;
mod contracts;
mod current;
mod defects;
mod described;
mod events;
mod figures;
mod guarded;
mod held;
mod incidents;
mod intervals;
mod limits;
mod lists;
mod lives;
mod mail;
mod matrix;
mod measures;
mod members;
mod monthly;
mod notices;
mod official;
mod orders;
mod outcomes;
mod overlap;
mod papers;
mod planted;
mod provider;
mod quality;
mod quotas;
mod references;
mod requests;
mod reuse;
mod rights;
mod scorecard;
mod search;
mod tasks;
mod told;
mod trail;
mod units;
mod upgrade;
mod usage;
mod world;

use model::fault::Fault;

use crate::audit::change;
use crate::kinds::{Document, apply};
use crate::registry::write::Effect;
use crate::store::Db;
use ahead::what_is_not_proven_halts_nothing_and_what_is_proven_halts_all_hubs_on_the_store;
use applying::{
    a_change_is_told_with_who_when_and_why, a_change_touches_only_its_parts_of_the_directory,
    applying_again_changes_nothing, documents_come_back_as_they_were_applied, what_is_wrong_is_refused_whole,
    whoever_has_seen_an_old_state_is_shown_both,
};
use arranged::each_list_is_ordered_filtered_and_counted_as_it_says;
use assess::{
    every_measure_that_is_seen_is_read_and_every_other_said_to_be_unseen,
    nobody_is_let_off_by_themselves_and_what_is_let_off_ends,
    what_is_over_stays_as_it_was_and_comes_to_the_same_digits,
};
use briefs::{
    a_brief_stays_as_it_was_made_and_tells_what_changed, a_week_has_one_brief_of_each_scope,
    every_figure_of_those_who_lead_is_what_its_list_has, no_figure_of_those_who_lead_is_cut,
};
use catalogue::{only_what_is_public_is_open_data, the_catalogue_is_a_graph_without_candidates};
use certificates::{
    a_certificate_that_was_taken_out_never_comes_back,
    over_each_pair_one_other_is_given_to_whoever_has_both_its_keys,
};
use classes::a_grant_for_a_class_is_found_for_every_system_of_it_and_for_no_other;
use contracts::a_contract_binds_every_field_and_keeps_what_was_agreed;
use current::what_is_answered_is_what_the_store_has_whatever_happened_before;
use defects::{
    a_rule_that_a_contract_drops_ends_its_defect_as_that,
    pages_of_defects_are_all_of_them_filtered_and_sorted_by_hand, what_no_rule_looks_for_is_told_in_words,
};
use figures::nobody_moves_the_figure_that_judges_them;
use guarded::whoever_takes_their_own_away_is_left_with_no_small_number;
use held::{names_of_requests_are_for_their_grants, rules_of_rows_hold_when_the_service_changes};
use incidents::{
    a_node_that_comes_and_goes_is_one_incident_and_hubs_that_begin_anew_miss_nobody,
    incidents_are_taken_in_hand_by_whom_they_concern_and_maintenance_is_announced_before,
    whatever_way_a_node_ends_whom_it_concerns_is_told_once_and_it_closes_itself,
};
use intervals::{
    an_end_that_has_not_come_yet_holds_no_node_up, whatever_nodes_report_each_moment_of_a_node_counts_once,
};
use limits::{
    a_report_is_small_names_what_is_known_and_comes_at_its_pace,
    an_agency_adds_so_much_in_a_day_at_all_hubs_together_and_may_still_revoke,
    an_agency_that_grows_too_large_is_refused_and_stops_nobody,
    an_officer_sees_which_nodes_hold_what_was_decided_and_which_do_not,
    histories_are_for_those_concerned_and_name_nobody_of_another_agency,
};
use lists::{lists_are_filtered_and_each_filter_has_its_column, pages_go_through_everything_in_order};
use lives::{
    a_datum_has_one_master_and_may_be_handed_over, a_revoked_grant_is_gone_and_can_be_issued_anew,
    a_term_goes_through_its_life_and_a_breaking_change_needs_a_new_major, codes_that_were_in_use_stay,
};
use matrix::nobody_reads_who_acted_at_another_agency_or_from_where;
use measures::{
    others_see_no_small_number_and_an_agency_sees_its_own,
    totals_are_counted_once_and_sum_up_alike_by_whatever_they_are_looked_at,
    what_nobody_told_is_not_measured, what_the_registry_has_no_word_for_is_not_kept,
};
use monthly::a_month_tells_what_was_shared_with_whom;
use notices::{
    a_row_that_cannot_be_read_stops_no_other_notice,
    settings_are_obeyed_and_nothing_is_lost_when_nobody_takes_it,
    what_is_late_comes_before_those_above_and_nobody_above_hears_it_before,
    what_nobody_sends_ends_and_what_others_send_stays,
    whoever_must_act_is_told_once_and_nobody_who_may_not_see_it,
};
use official::{
    a_list_fills_a_fresh_store_and_mistakes_are_told_by_cell,
    a_list_is_shown_before_it_is_loaded_and_history_stays, what_is_on_a_list_is_not_for_its_owner_to_say,
};
use orders::{
    a_filter_and_a_text_leave_what_is_counted_by_hand, a_filter_of_databases_leaves_what_is_counted_by_hand,
    all_that_is_mentioned_is_called_by_its_name, every_order_shows_the_whole_list_once_and_turned_round,
    what_is_listed_over_http_is_ordered_counted_and_can_be_opened,
};
use outcomes::a_refusal_by_rule_is_nowhere_an_outage;
use overlap::{
    nothing_of_what_nodes_have_covered_tells_of_a_planted_person,
    two_owners_agree_their_nodes_cover_and_only_a_rounded_count_stays,
};
use papers::a_paper_is_read_by_those_who_act_in_its_request_and_by_nobody_else;
use planted::nothing_that_the_hub_holds_tells_of_a_planted_person;
use quality::{
    a_measurement_is_taken_once_and_only_from_whose_it_is, nobody_moves_the_quality_that_judges_them,
    only_a_later_measurement_closes_a_defect, what_is_above_datasets_is_made_of_what_was_counted_in_them,
};
use quotas::who_is_at_a_limit_is_refused_and_all_others_go_on_being_published;
use references::{
    names_that_no_key_can_hold_are_refused, what_is_named_must_be_there_and_stays,
    what_only_a_spoilt_row_names_stays_too, what_others_name_is_not_removed,
};
use requests::{
    a_duty_entitles_to_what_its_holder_has_published_and_to_nothing_more,
    a_renewal_keeps_its_scope_and_needs_its_owner_only, a_request_goes_its_whole_way_and_becomes_a_grant,
    a_request_that_ends_leaves_nothing_behind, a_suspension_is_announced_and_ends,
    a_sync_waits_for_its_checklist, an_empty_list_of_endpoints_is_refused_wherever_it_is_written,
    grants_that_nobody_uses_are_pointed_out, what_a_duty_entitles_to_needs_no_approval,
};
use rights::{a_role_changes_what_it_is_there_for, an_officer_of_an_agency_changes_what_is_its_own_only};
use search::{a_search_finds_with_and_without_marks, old_names_of_units_lead_to_what_they_became};
use tasks::{
    a_year_is_played_and_tasks_close_and_open_again_by_what_is_observed,
    nobody_who_does_a_task_moves_what_it_is_judged_by,
    parts_of_a_task_are_seen_by_whoever_made_them_and_who_leads,
    the_store_finds_each_task_in_the_state_that_follows_from_its_rows,
    what_cannot_be_ordered_is_refused_where_it_is_entered,
};
use told::{
    what_a_person_says_otherwise_waits_for_its_owners_word,
    what_nodes_tell_is_taken_once_of_what_they_may_tell_and_nothing_else,
};
use trail::{a_trail_that_was_changed_is_noticed, writers_wait_for_each_other_and_numbers_have_no_gaps};
use upgrade::{
    a_store_of_a_newer_program_is_left_alone, a_store_of_the_first_version_is_brought_up_to_date,
    an_upgrade_that_breaks_off_is_done_whole_the_next_time,
};
use usage::{
    a_report_is_taken_once_and_from_its_node_only, pages_of_days_show_each_sum_once_whatever_their_size,
    the_last_minutes_are_told_within_a_bound_whatever_has_called,
    traffic_shows_how_far_a_database_and_a_duty_are,
};
use world::context;

/// The same tests on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(&format!("sqlite:{}", folder.path().join("hub.db").display())).await;
            })*
        }

        mod postgresql {
            $(#[tokio::test]
            async fn $name() {
                let server = testing::Server::shared_postgres();
                super::$name(&server.database(stringify!($name))).await;
            })*
        }
    };
}

on_both! {
    totals_are_counted_once_and_sum_up_alike_by_whatever_they_are_looked_at
    what_the_registry_has_no_word_for_is_not_kept
    others_see_no_small_number_and_an_agency_sees_its_own
    whoever_takes_their_own_away_is_left_with_no_small_number
    what_nobody_told_is_not_measured
    every_order_shows_the_whole_list_once_and_turned_round
    a_filter_and_a_text_leave_what_is_counted_by_hand
    each_list_is_ordered_filtered_and_counted_as_it_says
    what_is_listed_over_http_is_ordered_counted_and_can_be_opened
    a_filter_of_databases_leaves_what_is_counted_by_hand
    all_that_is_mentioned_is_called_by_its_name
    documents_come_back_as_they_were_applied
    applying_again_changes_nothing
    a_change_is_told_with_who_when_and_why
    what_is_wrong_is_refused_whole
    a_revoked_grant_is_gone_and_can_be_issued_anew
    a_grant_for_a_class_is_found_for_every_system_of_it_and_for_no_other
    a_store_of_a_newer_program_is_left_alone
    writers_wait_for_each_other_and_numbers_have_no_gaps
    pages_go_through_everything_in_order
    a_datum_has_one_master_and_may_be_handed_over
    a_store_of_the_first_version_is_brought_up_to_date
    a_term_goes_through_its_life_and_a_breaking_change_needs_a_new_major
    a_trail_that_was_changed_is_noticed
    an_officer_of_an_agency_changes_what_is_its_own_only
    a_role_changes_what_it_is_there_for
    lists_are_filtered_and_each_filter_has_its_column
    whoever_has_seen_an_old_state_is_shown_both
    what_others_name_is_not_removed
    what_is_named_must_be_there_and_stays
    what_only_a_spoilt_row_names_stays_too
    names_that_no_key_can_hold_are_refused
    an_upgrade_that_breaks_off_is_done_whole_the_next_time
    a_change_touches_only_its_parts_of_the_directory
    codes_that_were_in_use_stay
    a_contract_binds_every_field_and_keeps_what_was_agreed
    traffic_shows_how_far_a_database_and_a_duty_are
    a_measurement_is_taken_once_and_only_from_whose_it_is
    what_is_above_datasets_is_made_of_what_was_counted_in_them
    nobody_moves_the_quality_that_judges_them
    pages_of_defects_are_all_of_them_filtered_and_sorted_by_hand
    a_rule_that_a_contract_drops_ends_its_defect_as_that
    what_no_rule_looks_for_is_told_in_words
    what_nodes_tell_is_taken_once_of_what_they_may_tell_and_nothing_else
    what_a_person_says_otherwise_waits_for_its_owners_word
    what_is_answered_is_what_the_store_has_whatever_happened_before
    only_a_later_measurement_closes_a_defect
    nothing_that_the_hub_holds_tells_of_a_planted_person
    nothing_of_what_nodes_have_covered_tells_of_a_planted_person
    two_owners_agree_their_nodes_cover_and_only_a_rounded_count_stays
    nobody_moves_the_figure_that_judges_them
    a_report_is_taken_once_and_from_its_node_only
    pages_of_days_show_each_sum_once_whatever_their_size
    a_report_is_small_names_what_is_known_and_comes_at_its_pace
    whatever_nodes_report_each_moment_of_a_node_counts_once
    an_end_that_has_not_come_yet_holds_no_node_up
    an_agency_that_grows_too_large_is_refused_and_stops_nobody
    an_agency_adds_so_much_in_a_day_at_all_hubs_together_and_may_still_revoke
    the_last_minutes_are_told_within_a_bound_whatever_has_called
    who_is_at_a_limit_is_refused_and_all_others_go_on_being_published
    an_officer_sees_which_nodes_hold_what_was_decided_and_which_do_not
    histories_are_for_those_concerned_and_name_nobody_of_another_agency
    nobody_reads_who_acted_at_another_agency_or_from_where
    what_is_not_proven_halts_nothing_and_what_is_proven_halts_all_hubs_on_the_store
    whatever_way_a_node_ends_whom_it_concerns_is_told_once_and_it_closes_itself
    a_node_that_comes_and_goes_is_one_incident_and_hubs_that_begin_anew_miss_nobody
    incidents_are_taken_in_hand_by_whom_they_concern_and_maintenance_is_announced_before
    a_request_goes_its_whole_way_and_becomes_a_grant
    a_request_that_ends_leaves_nothing_behind
    what_a_duty_entitles_to_needs_no_approval
    a_duty_entitles_to_what_its_holder_has_published_and_to_nothing_more
    an_empty_list_of_endpoints_is_refused_wherever_it_is_written
    a_renewal_keeps_its_scope_and_needs_its_owner_only
    a_sync_waits_for_its_checklist
    a_suspension_is_announced_and_ends
    a_paper_is_read_by_those_who_act_in_its_request_and_by_nobody_else
    grants_that_nobody_uses_are_pointed_out
    a_search_finds_with_and_without_marks
    old_names_of_units_lead_to_what_they_became
    only_what_is_public_is_open_data
    the_catalogue_is_a_graph_without_candidates
    a_month_tells_what_was_shared_with_whom
    whoever_must_act_is_told_once_and_nobody_who_may_not_see_it
    what_is_late_comes_before_those_above_and_nobody_above_hears_it_before
    settings_are_obeyed_and_nothing_is_lost_when_nobody_takes_it
    a_row_that_cannot_be_read_stops_no_other_notice
    what_nobody_sends_ends_and_what_others_send_stays
    no_figure_of_those_who_lead_is_cut
    every_figure_of_those_who_lead_is_what_its_list_has
    a_brief_stays_as_it_was_made_and_tells_what_changed
    a_week_has_one_brief_of_each_scope
    what_is_over_stays_as_it_was_and_comes_to_the_same_digits
    nobody_is_let_off_by_themselves_and_what_is_let_off_ends
    every_measure_that_is_seen_is_read_and_every_other_said_to_be_unseen
    a_refusal_by_rule_is_nowhere_an_outage
    a_list_is_shown_before_it_is_loaded_and_history_stays
    a_list_fills_a_fresh_store_and_mistakes_are_told_by_cell
    what_is_on_a_list_is_not_for_its_owner_to_say
    rules_of_rows_hold_when_the_service_changes
    names_of_requests_are_for_their_grants
    a_certificate_that_was_taken_out_never_comes_back
    over_each_pair_one_other_is_given_to_whoever_has_both_its_keys
    the_store_finds_each_task_in_the_state_that_follows_from_its_rows
    nobody_who_does_a_task_moves_what_it_is_judged_by
    a_year_is_played_and_tasks_close_and_open_again_by_what_is_observed
    what_cannot_be_ordered_is_refused_where_it_is_entered
    parts_of_a_task_are_seen_by_whoever_made_them_and_who_leads
}

async fn apply(db: &Db, documents: &[Document]) -> Result<Vec<Effect>, Fault> {
    let mut tx = db.write().await?;
    // What is alone is the fault itself, as in an answer.
    let effects =
        apply::apply(&mut tx, documents, &context("nạp thử")).await.map_err(|fault| fault.alone().1)?;
    tx.commit().await?;
    Ok(effects)
}

async fn count_changes(db: &Db) -> usize {
    change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap().len()
}

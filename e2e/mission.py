"""The behaviours that the seed documents ask for (rows M…), each with the tests that exercise it."""

from __future__ import annotations

from typing import NamedTuple

NINE = "e2e/test_nine_steps.py"
JOURNEYS = "e2e/test_journeys.py"
ROWS_ = "e2e/test_mission_rows.py"
CLIENT = "e2e/test_mission_client.py"
SERVERS = "e2e/test_mission_provider.py"
SETTINGS = "e2e/test_mission_settings.py"
RACES = "e2e/test_races.py"
LOGS = "e2e/test_logs.py"
WECHAT = "provider/tests/test_wechat_wire.py"
TUTORIAL = "provider/tests/test_tutorial.py"
STANDARD = "provider/tests/test_standard_wire.py"
PAGES = "provider/tests/test_interaction.py"
VERIFIER = "resource_api/tests/test_verifier.py"
STEPS = "client_app/tests/test_nine_steps.py"
STATE = "client_app/tests/test_state.py"
TOKENS = "client_app/tests/test_tokens.py"
REFUSALS = "client_app/tests/test_refusals.py"
RETRY = "client_app/tests/test_retry.py"
SECRETS = "client_app/tests/test_secrets.py"
PRODUCTION = "client_app/tests/test_production.py"
METRICS = "client_app/tests/test_metrics.py"
ZHIHU = "client_app/tests/test_zhihu.py"
QR = "e2e/test_qr.py"
ON_PHONE = "e2e/test_phone.py"
BRIDGE = "provider/tests/test_phone_bridge.py"
SANDBOX = "provider/tests/test_sandbox.py"
PHONE = "provider/tests/test_phone.py"
ACCOUNT = "provider/tests/test_official_account.py"
ROWS_A = "provider/tests/test_wechat_rows.py"
QQ = "provider/tests/test_qq_wire.py"
MINI = "provider/tests/test_mini_program.py"
MINI_JOURNEY = "e2e/test_mini.py"
APP_JOURNEY = "e2e/test_app.py"
MINI_SERVER = "client_app/tests/test_mini.py"
APP_SERVER = "client_app/tests/test_phone_app.py"


LEARN = "provider/tests/test_learn_pages.py"
LEARN_JOURNEY = "e2e/test_learn.py"
ERRORS = "provider/tests/test_errors_page.py"
LEDGER = "core/tests/test_ledger.py"
STORY = "core/tests/test_story.py"
EXPORTS = "core/tests/test_exports.py"
PICTURE = "core/tests/test_picture.py"
FINDINGS = "provider/tests/test_findings.py"
CHECKLIST = "provider/tests/test_checklist.py"
STEP_MODE = "e2e/test_step_mode.py"
COUNTERFACTUAL = "e2e/test_counterfactual.py"
SAMPLES = "e2e/test_samples.py"
GRANTS = "provider/tests/test_grants.py"
CONSOLE = "provider/tests/test_console_apps.py"
ARTICLES = "resource_api/tests/test_articles.py"


class Row(NamedTuple):
    behaviour: str
    tests: tuple[str, ...]


def row(behaviour: str, *tests: str) -> Row:
    return Row(behaviour, tests)


ROWS: dict[str, Row] = {
    "M001": row("four actors, each at its own address", f"{ROWS_}::test_each_service_names_its_role"),
    "M002": row("the user decides, and may take it back", f"{ROWS_}::test_the_user_decides_and_takes_it_back", f"{CLIENT}::test_no_page_of_the_client_asks_for_a_password_but_the_one_from_before_oauth"),
    "M003": row("the provider's four stages in order", f"{ROWS_}::test_no_code_before_consent_and_no_token_before_the_client"),
    "M004": row("the resource server checks and never logs in", f"{VERIFIER}::test_the_resource_server_knows_no_login", f"{VERIFIER}::test_an_expired_token_is_expired_and_not_unknown", f"{VERIFIER}::test_the_scope_decides"),
    "M005": row("a token is verified with the provider", f"{VERIFIER}::test_a_revoked_token_is_refused_at_the_very_next_call", f"{TUTORIAL}::test_every_profile_read_of_a_tutorial_app_is_verified_by_the_provider", f"{SERVERS}::test_after_a_revocation_the_very_next_call_is_refused_and_the_trace_shows_who_verified"),
    "M006": row("four roles with their duties", f"{LEARN}::test_four_roles_have_the_seeds_duties"),
    "M007": row("clients register with a type", f"{GRANTS}::test_clients_register_with_a_type_and_public_ones_get_no_secret", f"{CONSOLE}::test_a_public_app_has_no_secret_to_rotate"),
    "M008": row("before OAuth, with its harms", f"{SAMPLES}::test_whom_one_tells_the_password_can_do_everything_until_it_is_changed", f"{SAMPLES}::test_the_ledger_shows_the_password_at_the_client"),
    "M009": row("what OAuth gained: four facts of a login", f"{LEARN}::test_with_oauth_ticks_four_facts_each_at_its_message", f"{LEARN_JOURNEY}::test_with_oauth_shows_the_password_where_it_was_typed"),
    "M010": row("everyday likenesses beside the real parameter", f"{LEARN}::test_each_parameter_stands_beside_its_likeness_and_its_real_value"),
    "M011": row("authorization is not authentication", f"{LEARN}::test_authorization_is_not_authentication"),
    "M012": row("口诀 and 开发流程记忆 on one sheet", f"{LEARN}::test_the_cheat_sheet_has_the_verses_in_every_language", f"{LEARN}::test_the_cheat_sheet_has_the_eight_links_and_the_checklist_in_order", f"{LEARN_JOURNEY}::test_the_cheat_sheet_is_exactly_one_a4_page"),
    "M013": row("a «微信登录» button", f"{ROWS_}::test_the_button_is_a_link_with_an_icon_and_the_seeds_name"),
    "M014": row("the authorize address with its five parameters", f"{STEPS}::test_step_1_leads_to_the_provider_with_five_parameters", f"{ROWS_}::test_the_click_asks_the_provider_with_the_seeds_five_parameters"),
    "M015": row("the consent page in the seed's words", f"{ROWS_}::test_the_consent_page_says_what_the_seeds_drawing_says"),
    "M016": row("the password is the provider's business", f"{NINE}::test_password_is_typed_at_the_provider_alone", f"{ROWS_}::test_the_password_goes_to_the_provider_and_the_client_never_meets_it"),
    "M017": row("地区 can be unticked", f"{PAGES}::test_unticked_region_is_missing_from_the_profile", f"{ROWS_}::test_an_unticked_region_is_not_told_to_the_client"),
    "M018": row("log in once, then straight to consent", f"{NINE}::test_second_login_in_the_same_browser_goes_straight_to_consent"),
    "M019": row("an unknown client gets no login form", f"{ROWS_}::test_an_unknown_client_gets_an_error_page_and_no_login_form", f"{SERVERS}::test_without_a_known_appid_there_is_a_page_that_says_so_and_nothing_to_fill_in"),
    "M020": row("code and unchanged state come back", f"{WECHAT}::test_state_comes_back_unchanged", f"{PAGES}::test_two_tabs_do_not_meet", f"{SERVERS}::test_a_state_comes_back_character_by_character"),
    "M021": row("a code lives ten minutes", f"{TUTORIAL}::test_code_lives_ten_minutes"),
    "M022": row("a code works once", f"{TUTORIAL}::test_used_code_is_40029", f"{STANDARD}::test_replayed_code_revokes_what_it_gave", f"{RACES}::test_one_code_buys_one_token_at_wechats_endpoint"),
    "M023": row("a code opens no data", f"{TUTORIAL}::test_the_code_and_the_refresh_token_open_no_profile", f"{STANDARD}::test_code_and_refresh_token_open_nothing"),
    "M024": row("the exchange is a form of four fields", f"{STEPS}::test_step_5_posts_four_fields_as_a_form", f"{CLIENT}::test_step_5_in_the_trace_is_the_back_end_posting_four_fields"),
    "M025": row("the exchange also works as a link", f"{WECHAT}::test_token_call_comes_as_get_form_or_both"),
    "M026": row("nothing sensitive reaches the front end", f"{NINE}::test_nothing_secret_reaches_the_browser", f"{ROWS_}::test_what_the_browser_was_told_and_keeps_is_the_least_there_is"),
    "M027": row("the token answer's fields", f"{TUTORIAL}::test_profile_is_the_seeds_example", f"{WECHAT}::test_token_answer_has_the_platforms_bytes", f"{SERVERS}::test_the_profile_is_told_by_header_by_query_and_by_both"),
    "M028": row("userinfo by header, by query, by both", f"{TUTORIAL}::test_bearer_header_alone_works_as_the_seed_writes_it", f"{STEPS}::test_step_7_asks_as_the_seed_does_with_query_and_bearer", f"{SERVERS}::test_the_profile_is_told_by_header_by_query_and_by_both"),
    "M029": row("token and openid belong together", f"{SERVERS}::test_the_openid_of_another_user_of_the_app_is_40003", f"{VERIFIER}::test_a_foreign_openid_is_refused"),
    "M030": row("the seed's profile", f"{TUTORIAL}::test_profile_is_the_seeds_example", f"{SERVERS}::test_the_profile_is_told_by_header_by_query_and_by_both"),
    "M031": row("lang picks the place names", f"{TUTORIAL}::test_lang_picks_the_language_of_the_place_names", f"{ROWS_A}::test_the_older_profile_has_them_in_the_language_that_was_asked_for"),
    "M032": row("the avatar loads with the network cut", f"{ROWS_}::test_a_logged_in_person_sees_their_own_name_and_a_picture_from_this_machine", f"{TUTORIAL}::test_profile_is_the_seeds_example"),
    "M033": row("find or create by openid", f"{JOURNEYS}::test_two_logins_are_one_local_user", f"{STEPS}::test_a_second_login_finds_the_same_local_user"),
    "M034": row("nickname and avatar are copied", f"{ROWS_}::test_a_logged_in_person_sees_their_own_name_and_a_picture_from_this_machine", f"{STEPS}::test_step_9_shows_nickname_and_avatar"),
    "M035": row("the client's own login token", f"{STEPS}::test_the_login_token_holds_the_user_id_and_nothing_else"),
    "M036": row("{token, user} and 登录成功", f"{STEPS}::test_a_json_caller_gets_token_and_user", f"{ROWS_}::test_a_logged_in_person_sees_their_own_name_and_a_picture_from_this_machine"),
    "M037": row("nine numbered messages, nine arrows", f"{NINE}::test_nine_steps_by_clicking", f"{ROWS_}::test_the_nine_messages_have_the_seeds_lanes_and_each_says_whether_it_went_through_the_browser"),
    "M038": row("each message is indirect or direct", f"{NINE}::test_nine_steps_by_clicking", f"{ROWS_}::test_the_nine_messages_have_the_seeds_lanes_and_each_says_whether_it_went_through_the_browser"),
    "M043": row("articles, under their own scope", f"{SAMPLES}::test_xiaotu_reads_the_articles_and_typesets_one_for_the_user", f"{ARTICLES}::test_reading_needs_its_own_scope", f"{ARTICLES}::test_a_token_of_a_wechat_login_reaches_no_article"),
    "M045": row("知乎 with generic names", f"{JOURNEYS}::test_zhihu_logs_in_with_plain_oauth", f"{ZHIHU}::test_the_request_is_the_seeds_with_pkce", f"{ROWS_}::test_zhihu_asks_in_generic_names_and_its_consent_page_says_allow"),
    "M046": row("the generic token endpoint", f"{STANDARD}::test_token_answer"),
    "M047": row("the same redirect_uri at the token endpoint", f"{STANDARD}::test_token_errors_spend_nothing"),
    "M048": row("generic userinfo and a session", f"{STANDARD}::test_userinfo_is_id_name_avatar", f"{ZHIHU}::test_the_user_is_logged_in_by_a_session", f"{JOURNEYS}::test_zhihu_logs_in_with_plain_oauth"),
    "M049": row("the A/B sites", f"{GRANTS}::test_the_token_answer_of_the_ab_sites", f"{SAMPLES}::test_site_a_learns_from_the_token_answer_who_it_is"),
    "M050": row("the redirect carries yes and no", f"{JOURNEYS}::test_refusal_is_friendly_and_offers_a_new_login"),
    "M052": row("an action for the user, under its own scope", f"{ARTICLES}::test_a_draft_is_written_for_the_user_and_the_text_stays", f"{ARTICLES}::test_writing_needs_its_own_scope_and_a_refusal_writes_nothing", f"{SAMPLES}::test_who_allowed_reading_alone_gets_nothing_written"),
    "M053": row("agreeing by scanning", f"{QR}::test_a_phone_scans_and_confirms_and_the_computer_is_logged_in", f"{ON_PHONE}::test_the_phones_owner_scans_agrees_and_the_desktop_moves_on", f"{QR}::test_scanned_and_confirmed_the_person_is_logged_in_at_the_website"),
    "M054": row("appid: wx and 16 hex, public", f"{ROWS_}::test_registering_an_app_yields_its_id_and_secret", f"{ROWS_}::test_the_click_asks_the_provider_with_the_seeds_five_parameters"),
    "M055": row("registering yields id and secret", f"{ROWS_}::test_registering_an_app_yields_its_id_and_secret", f"{SERVERS}::test_a_registered_app_has_a_name_a_domain_an_id_and_a_secret_that_work", f"{SANDBOX}::test_after_the_login_appid_and_appsecret_are_shown", f"{SANDBOX}::test_the_three_links_work_by_hand_one_after_the_other"),
    "M056": row("no token without registration", f"{GRANTS}::test_an_unregistered_client_gets_no_token_in_any_grant", f"{GRANTS}::test_an_unregistered_client_gets_no_token_in_a_redirect"),
    "M057": row("the secret is in no page or script", f"{CLIENT}::test_no_page_script_style_picture_or_redirect_of_the_client_holds_its_secret", f"{ROWS_}::test_what_the_browser_was_told_and_keeps_is_the_least_there_is"),
    "M058": row("the secret is not in the repository", f"{ROWS_}::test_no_running_secret_stands_in_the_repository"),
    "M059": row("redirect_uri is exact", f"{TUTORIAL}::test_a_redirect_uri_that_is_not_exact_is_never_followed", f"{STANDARD}::test_doubtful_client_or_target_gets_a_page_and_no_redirect"),
    "M060": row("https redirect in production", f"{SETTINGS}::test_a_redirect_uri_has_to_be_https_when_it_is_registered", f"{SETTINGS}::test_a_code_is_never_sent_to_an_http_address", f"{PRODUCTION}::test_the_redirect_uri_is_https_and_cookies_are_secure"),
    "M061": row("a dedicated callback route", f"{STATE}::test_a_callback_without_a_code_is_400"),
    "M062": row("a callback without a code", f"{JOURNEYS}::test_callback_without_a_code_says_so"),
    "M063": row("a callback with a wrong state", f"{JOURNEYS}::test_tampered_state_is_refused_and_spends_nothing", f"{STATE}::test_a_wrong_state_is_told_to_json_callers_in_the_seeds_words"),
    "M064": row("state is 16 random bytes", f"{STEPS}::test_state_is_16_random_bytes_and_new_each_time"),
    "M065": row("state is spent by its use", f"{JOURNEYS}::test_replayed_callback_is_refused_and_the_login_stays", f"{RACES}::test_one_state_lets_one_callback_in"),
    "M066": row("state is optional at the provider", f"{SERVERS}::test_who_sends_no_state_gets_none_back_not_even_an_empty_one", f"{TUTORIAL}::test_state_is_optional_and_none_comes_back"),
    "M068": row("#wechat_redirect is accepted", f"{NINE}::test_nine_steps_by_clicking", f"{STEPS}::test_step_1_leads_to_the_provider_with_five_parameters", f"{QR}::test_a_phone_scans_and_confirms_and_the_computer_is_logged_in"),
    "M069": row("a test account calls back under its domain", f"{SANDBOX}::test_the_callback_has_to_lie_under_the_domain"),
    "M070": row("snsapi_base is silent", f"{PAGES}::test_silent_scope_asks_nothing_of_who_is_logged_in", f"{JOURNEYS}::test_silent_login_asks_nothing_and_completes_the_profile_later", f"{WECHAT}::test_base_scope_is_silent_and_opens_no_profile"),
    "M071": row("snsapi_userinfo asks", f"{PAGES}::test_password_login_then_consent_then_the_code", f"{ROWS_A}::test_a_userinfo_scope_asks_in_the_platforms_words"),
    "M072": row("QR login on a PC site", f"{QR}::test_a_phone_scans_and_confirms_and_the_computer_is_logged_in", f"{QR}::test_wxlogin_shows_the_code_in_a_frame_and_the_right_window_goes_on", f"{QR}::test_the_websites_login_has_the_nine_steps_and_one_flow", f"{QR}::test_refused_on_the_phone_the_website_says_so_and_offers_the_code_again"),
    "M073": row("only inside WeChat", f"{ACCOUNT}::test_where_only_wechat_may_open_it_another_browser_is_told_so", f"{PHONE}::test_what_the_phone_opens_counts_as_opened_in_wechat"),
    "M074": row("a base token reads no details", f"{TUTORIAL}::test_base_scope_is_always_50001"),
    "M075": row("each of QQ's scopes unlocks only its data", f"{QQ}::test_each_scope_unlocks_only_its_own_data"),
    "M076": row("comma-separated scopes", f"{SERVERS}::test_scopes_are_told_apart_by_comma_as_by_space_at_wechat"),
    "M078": row("progressive authorization", f"{JOURNEYS}::test_silent_login_asks_nothing_and_completes_the_profile_later"),
    "M079": row("a token's permission list is enforced", f"{STANDARD}::test_introspection_lists_the_scope_and_hides_foreign_tokens", f"{STANDARD}::test_resource_needs_the_profile_scope"),
    "M080": row("an unknown scope", f"{TUTORIAL}::test_authorize_errors_travel_where_the_redirect_uri_is_good"),
    "M081": row("an access token lives two hours", f"{TUTORIAL}::test_access_token_lives_two_hours_and_refresh_token_thirty_days"),
    "M082": row("a refresh token lives thirty days", f"{SERVERS}::test_a_refresh_token_works_on_day_29_and_is_42002_after_day_30"),
    "M083": row("lifetimes are configuration", f"{SETTINGS}::test_codes_and_tokens_live_as_long_as_the_settings_say_unless_the_app_says_more"),
    "M084": row("the platform's refresh", f"{WECHAT}::test_refresh_after_expiry_gives_another_access_token"),
    "M085": row("the generic refresh", f"{STANDARD}::test_refresh_rotates_and_reuse_kills_the_family"),
    "M086": row("refreshing before the end", f"{WECHAT}::test_refresh_gives_the_same_access_token_while_it_lives", f"{SERVERS}::test_a_refresh_after_one_minute_gives_a_token_that_works"),
    "M087": row("a new refresh token is stored", f"{TOKENS}::test_a_new_refresh_token_is_stored", f"{TUTORIAL}::test_rotation_can_be_switched_on", f"{TOKENS}::test_an_unchanged_refresh_token_is_kept", f"{CLIENT}::test_the_client_follows_a_refresh_token_that_rotates"),
    "M088": row("expires_at is stored", f"{TOKENS}::test_the_record_has_the_seeds_four_fields"),
    "M089": row("a failed refresh clears the tokens", f"{TOKENS}::test_a_failed_refresh_clears_the_tokens_and_leads_to_a_new_login", f"{JOURNEYS}::test_dead_refresh_token_means_a_new_login"),
    "M090": row("a refresh token calls no API", f"{TUTORIAL}::test_the_code_and_the_refresh_token_open_no_profile", f"{STANDARD}::test_code_and_refresh_token_open_nothing"),
    "M091": row("refresh when less than 300 s remain", f"{JOURNEYS}::test_token_is_refreshed_before_it_ends", f"{TOKENS}::test_a_token_is_refreshed_when_less_than_300_s_remain", f"{CLIENT}::test_the_refresh_goes_before_the_call_when_less_than_300_s_remain"),
    "M092": row("no stored token", f"{TOKENS}::test_no_stored_token_needs_a_new_authorization"),
    "M093": row("NEED_REAUTH is never retried", f"{TOKENS}::test_a_failed_refresh_clears_the_tokens_and_leads_to_a_new_login", f"{CLIENT}::test_a_dead_refresh_token_is_asked_for_once_and_the_person_is_logged_out"),
    "M094": row("refresh once, retry once", f"{TOKENS}::test_a_call_that_finds_the_token_dead_refreshes_once_and_tries_once_more", f"{TOKENS}::test_a_second_refusal_is_an_error_and_no_second_refresh", f"{CLIENT}::test_a_call_that_finds_the_token_dead_is_42001_then_a_refresh_then_a_profile", f"{CLIENT}::test_a_second_42001_is_an_error_and_no_second_refresh"),
    "M095": row("tokens are encrypted at rest", f"{TOKENS}::test_no_token_lies_in_redis_in_plain_text"),
    "M096": row("the stored record's fields", f"{TOKENS}::test_the_record_has_the_seeds_four_fields"),
    "M097": row("the front end keeps four things", f"{ROWS_}::test_what_the_browser_was_told_and_keeps_is_the_least_there_is"),
    "M098": row("the session cookie is httpOnly", f"{STEPS}::test_the_login_cookie_is_out_of_reach_of_scripts"),
    "M100": row("a client's logout ends no token", f"{STEPS}::test_logging_out_revokes_nothing_at_the_provider", f"{PAGES}::test_withdrawn_consent_ends_the_tokens_and_asks_again", f"{JOURNEYS}::test_logging_out_leaves_the_provider_alone", f"{CLIENT}::test_logging_out_here_ends_no_token_and_withdrawing_there_ends_them_all"),
    "M101": row("授权管理 withdraws", f"{PAGES}::test_withdrawn_consent_ends_the_tokens_and_asks_again", f"{JOURNEYS}::test_withdrawn_consent_leads_to_a_new_login"),
    "M102": row("a leaked token can be revoked", f"{STANDARD}::test_revoking_the_access_token_leaves_the_refresh_token", f"{VERIFIER}::test_a_revoked_token_is_refused_at_the_very_next_call"),
    "M103": row("a bad profile answer makes no user", f"{REFUSALS}::test_an_expired_token_at_userinfo_is_refreshed_once_during_the_login", f"{REFUSALS}::test_a_userinfo_that_stays_bad_makes_no_half_filled_user", f"{RETRY}::test_a_failing_userinfo_starts_again_and_leaves_no_user", f"{CLIENT}::test_a_userinfo_that_stays_expired_ends_in_a_sentence_and_nobody_is_logged_in"),
    "M105": row("invalid_request", f"{SERVERS}::test_each_required_parameter_that_is_missing_is_an_invalid_request", f"{SERVERS}::test_without_a_known_appid_there_is_a_page_that_says_so_and_nothing_to_fill_in", f"{STANDARD}::test_other_errors_travel_to_the_client_with_state_and_issuer", f"{STANDARD}::test_doubtful_client_or_target_gets_a_page_and_no_redirect"),
    "M106": row("unauthorized_client", f"{STANDARD}::test_doubtful_client_or_target_gets_a_page_and_no_redirect", f"{STANDARD}::test_disabled_app_gets_a_page", f"{SERVERS}::test_a_disabled_app_is_an_unauthorized_client"),
    "M107": row("access_denied with state", f"{TUTORIAL}::test_refusal_is_access_denied_with_the_state", f"{PAGES}::test_refusal_comes_back_as_access_denied", f"{STANDARD}::test_refusal_travels_as_access_denied"),
    "M108": row("unsupported_response_type", f"{TUTORIAL}::test_authorize_errors_travel_where_the_redirect_uri_is_good", f"{STANDARD}::test_other_errors_travel_to_the_client_with_state_and_issuer"),
    "M109": row("invalid_scope", f"{TUTORIAL}::test_authorize_errors_travel_where_the_redirect_uri_is_good", f"{STANDARD}::test_other_errors_travel_to_the_client_with_state_and_issuer"),
    "M110": row("server_error can be provoked", f"{ROWS_}::test_server_error_at_authorize_can_be_provoked"),
    "M111": row("invalid_client", f"{STANDARD}::test_token_errors_spend_nothing"),
    "M112": row("invalid_grant", f"{STANDARD}::test_token_errors_spend_nothing", f"{STANDARD}::test_replayed_code_revokes_what_it_gave", f"{STANDARD}::test_lifetimes_follow_the_worlds_clock"),
    "M113": row("unsupported_grant_type", f"{STANDARD}::test_token_errors_spend_nothing"),
    "M114": row("40001", f"{TUTORIAL}::test_token_errors_are_the_seeds", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M115": row("40002", f"{TUTORIAL}::test_token_errors_are_the_seeds", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M116": row("40003", f"{SERVERS}::test_the_openid_of_another_user_of_the_app_is_40003", f"{WECHAT}::test_profile_errors", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M117": row("40013", f"{TUTORIAL}::test_token_errors_are_the_seeds", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M118": row("40029", f"{TUTORIAL}::test_used_code_is_40029", f"{TUTORIAL}::test_code_lives_ten_minutes", f"{TUTORIAL}::test_token_errors_are_the_seeds", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M119": row("41001", f"{WECHAT}::test_profile_errors", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M120": row("41002", f"{TUTORIAL}::test_token_errors_are_the_seeds", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M121": row("42001", f"{TUTORIAL}::test_access_token_lives_two_hours_and_refresh_token_thirty_days", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M122": row("42002", f"{SERVERS}::test_a_refresh_token_works_on_day_29_and_is_42002_after_day_30", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M123": row("50001", f"{TUTORIAL}::test_base_scope_is_always_50001", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning"),
    "M125": row("the friendly sentences", f"{REFUSALS}::test_each_code_has_the_seeds_sentence"),
    "M126": row("the notice", f"{JOURNEYS}::test_refusal_is_friendly_and_offers_a_new_login", f"{REFUSALS}::test_each_code_has_the_seeds_sentence"),
    "M127": row("a detailed log entry", f"{REFUSALS}::test_a_detailed_log_entry_is_written_for_each_failure", f"{CLIENT}::test_the_log_of_a_development_town_describes_a_callback_and_its_failure"),
    "M128": row("the platform's numbers as sentences", f"{REFUSALS}::test_each_wechat_number_has_the_seeds_exception", f"{REFUSALS}::test_the_wechat_log_line_names_number_and_meaning", f"{CLIENT}::test_the_log_of_a_development_town_describes_a_callback_and_its_failure"),
    "M129": row("three tries at 0, 3 and 9 seconds", f"{CLIENT}::test_server_errors_are_three_attempts_at_0_3_and_9_seconds", f"{CLIENT}::test_a_third_server_error_is_the_last", f"{RETRY}::test_fail_twice_then_succeed_is_three_tries_at_0_3_and_9_seconds", f"{RETRY}::test_too_early_leads_back_to_the_page", f"{JOURNEYS}::test_server_error_twice_then_success"),
    "M130": row("no retry of a refusal", f"{REFUSALS}::test_these_errors_are_one_attempt_and_no_more", f"{CLIENT}::test_a_refusal_is_one_attempt_and_no_more"),
    "M131": row("nothing technical on the pages", f"{CLIENT}::test_what_a_failure_shows_is_never_technical", f"{CLIENT}::test_the_page_that_waits_after_a_server_error_is_not_technical_either", f"{REFUSALS}::test_what_the_token_endpoint_refuses_is_told_in_plain_words_and_never_tried_again"),
    "M132": row("an expired code is handled", f"{JOURNEYS}::test_expired_code_is_handled_and_a_retry_works", f"{STEP_MODE}::test_resting_too_long_is_handled_and_the_retry_works"),
    "M039": row("two redirects: away, and back", f"{PICTURE}::test_both_redirects_are_marked", f"{STORY}::test_both_redirects_are_named"),
    "M040": row("without a code: the token ends up in the browser", f"{COUNTERFACTUAL}::test_a_token_in_the_redirect_ends_up_in_the_browser"),
    "M041": row("without a code: the user stays stranded", f"{COUNTERFACTUAL}::test_a_token_for_the_back_end_leaves_the_user_stranded"),
    "M042": row("captions as a dialogue", f"{STORY}::test_the_dialogue_is_the_seeds"),
    "M044": row("the sequence diagram of S1", f"{EXPORTS}::test_mermaid_in_the_style_of_s1_is_the_seeds_own_diagram"),
    "M067": row("the parameter table, shown and true", f"{LEARN}::test_the_parameter_table_is_the_seeds", f"{LEDGER}::test_the_seeds_table_is_the_legend_and_the_rules_derive_from_it"),
    "M077": row("over-asking is flagged, the minimal ask praised", f"{FINDINGS}::test_over_asking_lists_what_was_not_used", f"{FINDINGS}::test_the_reference_client_is_praised_and_nothing_else"),
    "M124": row("a page for every code", f"{ERRORS}::test_the_seeds_nine_and_ten_come_first_and_in_the_seeds_words", f"{ERRORS}::test_a_provoked_code_really_comes_back"),
    "M138": row("the security checklist, computed", f"{CHECKLIST}::test_the_rows_are_the_seeds", f"{CHECKLIST}::test_a_careful_client_gets_seven", f"{LEARN}::test_the_checklist_is_computed_from_what_the_app_did"),
    "M133": row("http leads to https in production", f"{PRODUCTION}::test_http_is_led_to_https", f"{SETTINGS}::test_pages_over_http_lead_to_https"),
    "M134": row("no code in any log", f"{SECRETS}::test_neither_code_nor_token_nor_state_is_ever_logged", f"{LOGS}::test_no_code_no_token_and_no_state_is_on_disk"),
    "M135": row("the development log", f"{SECRETS}::test_the_debug_log_describes_the_callback_with_secrets_masked", f"{PRODUCTION}::test_the_debug_log_is_absent", f"{CLIENT}::test_the_log_of_a_development_town_describes_a_callback_and_its_failure", f"{SETTINGS}::test_the_client_says_https_keeps_its_cookies_for_it_and_describes_no_callback"),
    "M136": row("the metrics", f"{METRICS}::test_each_event_counts_exactly_once", f"{METRICS}::test_people_read_them_on_a_page", f"{TOKENS}::test_a_token_is_refreshed_when_less_than_300_s_remain", f"{CLIENT}::test_each_event_moves_its_number_by_one_and_the_page_says_the_same"),
    "M137": row("metric events are sent in production", f"{METRICS}::test_production_sends_each_event_to_the_monitoring"),
    "M159": row("code2Session", f"{MINI}::test_the_session_answer_has_the_platforms_bytes", f"{MINI_SERVER}::test_the_server_redeems_the_code_with_appid_and_secret"),
    "M165": row("each wx.login() makes a new session_key", f"{MINI}::test_each_login_makes_a_new_session_key_and_the_old_one_stops_working", f"{ON_PHONE}::test_every_login_makes_a_new_session_key_and_the_old_one_stops_working", f"{MINI_JOURNEY}::test_a_session_key_that_the_server_was_not_told_of_makes_its_own_one_useless", f"{MINI_JOURNEY}::test_data_under_the_session_key_before_is_refused"),
    "M051": row("WeChat opens the App with the code", f"{ON_PHONE}::test_after_the_consent_wechat_opens_the_app_with_a_code_that_its_server_redeems", f"{BRIDGE}::test_the_sheet_says_what_is_asked_and_a_yes_launches_the_app_with_a_code"),
    "M153": row("WeChat's browser opens a link", f"{ON_PHONE}::test_the_wechat_browser_opens_a_link_shows_the_consent_and_goes_back_with_a_code"),
    "M155": row("the bad way: the secret in the App", f"{ON_PHONE}::test_an_app_with_its_secret_inside_redeems_the_code_on_the_phone_and_that_is_seen", f"{APP_JOURNEY}::test_the_old_app_redeems_the_code_itself_and_the_trace_says_that_a_secret_left_the_server", f"{APP_JOURNEY}::test_anybody_finds_the_secret_in_the_package_and_it_is_the_real_one", f"{SECRETS}::test_the_old_apps_secret_is_in_its_own_two_pages_and_nowhere_else"),
    "M156": row("the good way: the App's server redeems", f"{ON_PHONE}::test_after_the_consent_wechat_opens_the_app_with_a_code_that_its_server_redeems", f"{APP_JOURNEY}::test_the_app_gets_a_code_and_its_server_the_rest", f"{APP_JOURNEY}::test_the_login_of_an_app_has_all_nine_steps_in_one_flow", f"{APP_SERVER}::test_the_code_is_redeemed_by_the_server_and_the_app_gets_our_token"),
    "M157": row("wx.login() is silent", f"{ON_PHONE}::test_wx_login_asks_nobody_and_the_server_alone_gets_the_session_key", f"{BRIDGE}::test_even_who_always_refuses_is_logged_in_silently", f"{MINI_JOURNEY}::test_a_login_asks_the_person_nothing_and_gives_the_program_our_own_token"),
    "M158": row("the mini program posts the code to its server", f"{ON_PHONE}::test_wx_login_asks_nobody_and_the_server_alone_gets_the_session_key", f"{MINI_JOURNEY}::test_it_is_one_flow_from_the_phone_to_the_server_and_on"),
    "M160": row("code2Session from a page is warned of", f"{BRIDGE}::test_jscode2session_from_a_page_works_and_is_noted", f"{MINI_JOURNEY}::test_the_session_key_and_the_secret_are_in_nothing_that_the_browser_saw"),
    "M161": row("the server finds the user and returns its own JWT", f"{MINI_SERVER}::test_the_token_is_our_own_and_holds_the_user_alone", f"{MINI_SERVER}::test_two_logins_are_one_user_and_another_person_is_another", f"{MINI_JOURNEY}::test_a_login_asks_the_person_nothing_and_gives_the_program_our_own_token"),
    "M162": row("the JWT opens what needs a login", f"{MINI_SERVER}::test_the_token_opens_what_needs_a_login", f"{MINI_SERVER}::test_without_a_good_token_it_is_a_401", f"{MINI_JOURNEY}::test_without_a_login_the_server_says_so"),
    "M163": row("session_key stays on the server", f"{ON_PHONE}::test_wx_login_asks_nobody_and_the_server_alone_gets_the_session_key", f"{BRIDGE}::test_a_session_key_is_in_no_answer_of_the_phone", f"{MINI_JOURNEY}::test_the_session_key_and_the_secret_are_in_nothing_that_the_browser_saw", f"{MINI_SERVER}::test_neither_key_nor_openid_nor_secret_reaches_the_phone_and_the_key_lies_encrypted"),
    "M164": row("session_key decrypts the user's data", f"{ON_PHONE}::test_the_phone_number_button_asks_with_the_masked_number", f"{BRIDGE}::test_the_profile_is_asked_for_and_comes_signed_and_sealed", f"{MINI_JOURNEY}::test_profile_and_phone_number_are_decrypted_on_the_server", f"{MINI_SERVER}::test_a_signed_and_encrypted_profile_is_stored", f"{MINI_SERVER}::test_what_was_altered_is_refused_and_nothing_is_stored"),
    "M140": row("the authorization code", f"{STANDARD}::test_token_answer", f"{SAMPLES}::test_xiaotu_reads_the_articles_and_typesets_one_for_the_user"),
    "M141": row("the implicit way, shown as weaker, and only where it is on", f"{SAMPLES}::test_the_implicit_way_is_marked_and_its_token_was_in_an_address", f"{SAMPLES}::test_a_page_logs_in_with_a_code_and_pkce_and_no_address_ever_held_the_token", f"{GRANTS}::test_the_implicit_grant_is_off_until_the_app_has_it"),
    "M142": row("the password grant, where an app may use it", f"{GRANTS}::test_a_password_is_taken_from_apps_that_may_and_its_token_has_a_user", f"{SAMPLES}::test_whom_one_tells_the_password_can_do_everything_until_it_is_changed"),
    "M143": row("client credentials: no user", f"{GRANTS}::test_a_machine_gets_a_token_for_itself_without_refresh_and_without_a_user", f"{GRANTS}::test_a_machine_gets_no_scope_of_a_user", f"{SAMPLES}::test_the_nightly_job_has_a_token_without_a_user"),
    "M144": row("WeChat knows the authorization code alone", f"{ROWS_A}::test_there_is_no_other_grant_than_a_code", f"{ROWS_A}::test_another_response_type_is_refused_and_a_missing_one_is_code"),
    "M145": row("WeChat's apps have a server", f"{ROWS_A}::test_an_app_without_a_server_is_no_app_of_wechats", f"{ROWS_A}::test_no_app_of_wechats_goes_without_its_secret", f"{ROWS_A}::test_the_guide_says_for_whom_wechats_login_is"),
    "M147": row("appID and appsecret are shown", f"{SANDBOX}::test_after_the_login_appid_and_appsecret_are_shown"),
    "M146": row("the test account's login", f"{SANDBOX}::test_after_the_login_appid_and_appsecret_are_shown", f"{SANDBOX}::test_without_a_login_there_is_only_the_login"),
    "M148": row("the QR code lets users follow", f"{SANDBOX}::test_the_qr_code_leads_to_following_and_only_followers_may_authorize"),
    "M149": row("only followers may authorize", f"{SANDBOX}::test_a_removed_follower_may_not_authorize_any_more", f"{ACCOUNT}::test_only_followers_may_authorize_a_test_account"),
    "M150": row("the table's row has 修改", f"{SANDBOX}::test_a_bare_domain_is_kept_as_it_is_compared"),
    "M151": row("修改 takes a bare domain", f"{SANDBOX}::test_what_is_no_bare_domain_is_refused_with_a_hint_and_changes_nothing"),
    "M152": row("three ready links", f"{SANDBOX}::test_the_three_links_work_by_hand_one_after_the_other"),
    "M154": row("token and userinfo by hand", f"{SANDBOX}::test_the_three_links_work_by_hand_one_after_the_other"),
}  # fmt: skip

ELSEWHERE: set[str] = set()  # P0 and P1 rows up to M139 that later work answers

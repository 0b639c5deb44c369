"""Weibo: section F, and what of §0, §9–§11 concerns it."""

from __future__ import annotations

from .rows import Row, row

WIRE = "provider/tests/test_weibo_wire.py"
IMPLICIT = "provider/tests/test_weibo_implicit.py"
TESTERS = "provider/tests/test_weibo_testers.py"
PAGES = "provider/tests/test_weibo_pages.py"
API = "resource_api/tests/test_weibo.py"

HOST = f"{WIRE}::test_every_path_is_reached_under_the_platforms_host"
PLACES = (
    "GET-/oauth2/authorize-302",
    "POST-/oauth2/access_token-400",
    "POST-/2/oauth2/access_token-400",
    "POST-/oauth2/get_token_info-400",
    "POST-/oauth2/revokeoauth2-400",
    "GET-/2/users/show.json-400",
    "GET-/2/account/get_uid.json-400",
    "GET-/2/account/profile/email.json-400",
)
ERRORS = f"{WIRE}::test_errors_of_the_token_endpoint"

ROWS: dict[str, Row] = {
    # -- §0
    "0.3.8 Weibo token body": row("begins with {\", text/plain;charset=UTF-8, uid a string", f"{WIRE}::test_the_token_answer_has_the_platforms_fields_order_and_types"),
    "0.3.9 Weibo error statuses": row("400 and 403", ERRORS, f"{API}::test_email_without_the_scope_is_403_to_the_byte"),
    **{f"0.4 api.weibo.com {place.split('-')[1]}": row("reached under its host", f"{HOST}[{place}]") for place in PLACES},
    # -- F
    "F access token": row("2.00 and 28 alphanumerics", f"{WIRE}::test_the_token_answer_has_the_platforms_fields_order_and_types"),
    "F uid": row("a numeric string, the same in every app", f"{WIRE}::test_the_uid_is_the_users_in_every_app"),
    "F code": row("32 hex digits, lower case", f"{WIRE}::test_a_yes_is_a_redirect_with_code_and_state"),
    "F approved app": row("30 days", f"{WIRE}::test_an_app_key_has_ten_digits_and_the_lifetimes_of_an_approved_app"),
    "F test app, developer's own account": row("1 day, 157679999 s", f"{WIRE}::test_an_app_under_review_and_a_developers_own_account_by_ttl"),
    # -- F.1
    "F.1 GET and POST": row("authorize takes both", f"{WIRE}::test_a_yes_is_a_redirect_with_code_and_state", f"{WIRE}::test_authorize_takes_a_form_too"),
    "F.1 client_id": row("numeric; without one or of nobody: a page", f"{WIRE}::test_an_app_key_has_ten_digits_and_the_lifetimes_of_an_approved_app", f"{WIRE}::test_a_doubtful_client_or_target_gets_a_page_and_never_a_redirect"),
    "F.1 redirect_uri": row("equals the registered one", f"{WIRE}::test_a_doubtful_client_or_target_gets_a_page_and_never_a_redirect"),
    "F.1 response_type": row("code where it is missing", f"{WIRE}::test_parameters_of_authorize_that_may_be_there_or_not"),
    "F.1 response_type token": row("a token in the fragment (policy implicit)", f"{IMPLICIT}::test_a_token_comes_in_the_fragment_and_no_refresh_token", f"{IMPLICIT}::test_an_app_can_refuse_it"),
    "F.1 response_type another": row("21329 by redirect", f"{WIRE}::test_another_response_type_is_told_to_the_client"),
    "F.1 scope": row("a comma list; all; others are ignored", f"{WIRE}::test_scope_and_refresh_token_come_where_there_are_any", f"{WIRE}::test_a_scope_that_the_app_has_not_is_ignored"),
    "F.1 state": row("echoed, last", f"{WIRE}::test_state_comes_back_unchanged", f"{WIRE}::test_a_yes_is_a_redirect_with_code_and_state"),
    "F.1 display": row("default; mobile, wap, client, apponweibo narrow", f"{WIRE}::test_display_chooses_the_shape_of_the_page"),
    "F.1 forcelogin": row("true asks for the login again", f"{WIRE}::test_consent_is_remembered_until_forcelogin"),
    "F.1 language": row("zh, or en", f"{WIRE}::test_language_chooses_the_words_of_every_page"),
    "F.1 refused": row("the platform's redirect to the byte", f"{WIRE}::test_a_no_is_the_platforms_redirect_to_the_byte", f"{WIRE}::test_a_no_on_the_page_is_the_same_redirect"),
    "F.1 redirect_uri_mismatch page": row("`error:redirect_uri_mismatch`, never a redirect", f"{WIRE}::test_a_doubtful_client_or_target_gets_a_page_and_never_a_redirect", f"{PAGES}::test_an_app_that_changed_meanwhile_gets_weibos_page"),
    "F.1 invalid_client page": row("21324, never a redirect", f"{WIRE}::test_a_doubtful_client_or_target_gets_a_page_and_never_a_redirect", f"{WIRE}::test_a_dead_app_gets_a_page"),
    # -- F.2
    "F.2 alias /2/oauth2/access_token": row("the same, named in request and error_uri", f"{WIRE}::test_every_way_in_which_a_client_sends_its_parameters", f"{WIRE}::test_a_bad_code_is_answered_to_the_byte"),
    "F.2 form body": row("taken", f"{WIRE}::test_every_way_in_which_a_client_sends_its_parameters"),
    "F.2 query string": row("taken, with an empty body", f"{WIRE}::test_every_way_in_which_a_client_sends_its_parameters", f"{WIRE}::test_the_calls_of_justauth"),
    "F.2 HTTP Basic": row("taken; parameters win", f"{WIRE}::test_every_way_in_which_a_client_sends_its_parameters", f"{WIRE}::test_an_authorization_header_that_says_nothing_is_ignored"),
    "F.2 content type": row("text/plain;charset=UTF-8", f"{WIRE}::test_the_token_answer_has_the_platforms_fields_order_and_types", f"{WIRE}::test_a_bad_code_is_answered_to_the_byte"),
    "F.2 GET": row("10021 (sic)", f"{WIRE}::test_another_method_than_post_is_10021_and_spends_nothing"),
    "F.2 access_token, remind_in, expires_in, uid, isRealName": row("order and types", f"{WIRE}::test_the_token_answer_has_the_platforms_fields_order_and_types"),
    "F.2 isRealName": row("\"false\" for who is none", f"{API}::test_a_profile_says_what_the_user_was_given"),
    "F.2 scope": row("where there is one", f"{WIRE}::test_scope_and_refresh_token_come_where_there_are_any"),
    "F.2 refresh_token": row("mobile alone", f"{WIRE}::test_scope_and_refresh_token_come_where_there_are_any", f"{WIRE}::test_a_mobile_app_renews_its_token_and_the_old_refresh_token_is_spent"),
    "F.2 codes are single use": row("then 21325", f"{WIRE}::test_a_code_works_once_and_its_tokens_outlive_a_replay", f"{WIRE}::test_of_many_who_redeem_one_code_at_once_one_gets_a_token"),
    "F.2 invalid_grant body": row("to the byte", f"{WIRE}::test_a_bad_code_is_answered_to_the_byte"),
    "F.2 redirect_uri_mismatch body": row("to the byte, without a description", f"{WIRE}::test_a_mismatch_is_answered_to_the_byte_and_spends_nothing"),
    "F.2 21322": row("redirect_uri_mismatch", f"{WIRE}::test_a_mismatch_is_answered_to_the_byte_and_spends_nothing"),
    "F.2 21323": row("invalid_request, miss …", ERRORS),
    "F.2 21324": row("invalid_client, unknow client id:<id> (sic)", ERRORS),
    "F.2 21325": row("invalid_grant", f"{WIRE}::test_a_bad_code_is_answered_to_the_byte"),
    "F.2 21326": row("unauthorized_client: a refresh by a web app", ERRORS),
    "F.2 21327": row("expired_token", f"{WIRE}::test_a_refresh_token_that_comes_too_late"),
    "F.2 21328": row("unsupported_grant_type", ERRORS),
    "F.2 21329": row("unsupported_response_type", f"{WIRE}::test_another_response_type_is_told_to_the_client"),
    "F.2 21330": row("access_denied", f"{WIRE}::test_a_no_is_the_platforms_redirect_to_the_byte"),
    "F.2 21331": row("temporarily_unavailable, by a fault", f"{WIRE}::test_faults_at_authorize_travel_by_redirect", f"{WIRE}::test_faults_at_the_token_endpoint_in_the_platforms_words"),
    "F.2 21332": row("invalid_access_token, in API calls", f"{API}::test_a_call_without_a_good_token"),
    "F.2 21337": row("appkey permission denied", f"{WIRE}::test_a_dead_app_redeems_nothing", f"{API}::test_a_banned_app_reads_nothing"),
    # -- F.3, F.4
    "F.3 access_token in query or form": row("both, and JSON", f"{WIRE}::test_token_info_tells_numbers"),
    "F.3 numbers": row("uid, appkey, create_at, expire_in (no s)", f"{WIRE}::test_token_info_tells_numbers"),
    "F.3 scope": row("null, or the list", f"{WIRE}::test_token_info_tells_numbers", f"{WIRE}::test_token_info_tells_the_scopes"),
    "F.3 GET": row("10021", f"{WIRE}::test_token_info_by_get_is_10021"),
    "F.3 errors": row("10016, 21327, 21332", f"{WIRE}::test_errors_of_the_two_calls_about_a_token"),
    "F.4 GET and POST": row("{\"result\":\"true\"}, a string; and it revokes", f"{WIRE}::test_revoking_gives_the_consent_back_with_every_token"),
    # -- F.5
    "F.5 content type": row("application/json;charset=UTF-8", f"{API}::test_a_profile_has_the_platforms_fields_order_and_types", f"{API}::test_get_uid_tells_a_number"),
    "F.5 token in the query": row("access_token=", f"{API}::test_a_profile_has_the_platforms_fields_order_and_types"),
    "F.5 token in a header": row("OAuth2 <token>", f"{API}::test_the_token_may_come_in_a_header"),
    "F.5 JustAuth's odd header": row("the query wins", f"{API}::test_the_query_wins_over_a_header", f"{WIRE}::test_the_calls_of_justauth"),
    "F.5 users/show by uid or screen_name": row("finds", f"{API}::test_somebody_else_is_found_by_uid_and_by_name"),
    "F.5 users/show fields": row("order and types", f"{API}::test_a_profile_has_the_platforms_fields_order_and_types"),
    "F.5 status object": row("optional: not there", why=("可有可无的最近一条微博；这里没有人发微博，所以不给。", "The last post, optional; nobody posts here, so there is none.")),
    "F.5 profile_image_url 50, avatar_large 180, avatar_hd": row("load in their sizes", f"{API}::test_a_picture_loads_in_each_size"),
    "F.5 gender": row("m, f, n", f"{API}::test_gender_is_a_letter"),
    "F.5 created_at": row("the platform's form, +0800", f"{API}::test_a_profile_has_the_platforms_fields_order_and_types"),
    "F.5 get_uid": row("a number", f"{API}::test_get_uid_tells_a_number"),
    "F.5 email with the scope": row("an array", f"{API}::test_email_is_an_array_with_the_scope"),
    "F.5 email without it": row("403 to the byte", f"{API}::test_email_without_the_scope_is_403_to_the_byte"),
    "F.5 error body": row("error, error_code a number, request", f"{API}::test_a_call_without_a_good_token"),
    "F.5 10006": row("source missing", f"{API}::test_a_call_without_a_good_token"),
    "F.5 10014": row("insufficient permissions, by a fault, 403", f"{API}::test_faults_in_the_platforms_words"),
    "F.5 10016": row("miss required parameter", f"{WIRE}::test_errors_of_the_two_calls_about_a_token"),
    "F.5 10021": row("another method", f"{API}::test_another_method_than_get_is_10021"),
    "F.5 10023": row("rate limit, by a fault", f"{API}::test_faults_in_the_platforms_words"),
    "F.5 20002": row("uid is null", f"{API}::test_an_unknown_name_is_20003_and_none_at_all_20002"),
    "F.5 20003": row("User does not exists! (sic)", f"{API}::test_an_unknown_uid_is_20003"),
    "F.5 21321": row("an unaudited app is for its testers (policy unaudited)", f"{TESTERS}::test_only_testers_may_authorize", f"{TESTERS}::test_a_token_of_somebody_who_tests_no_longer_reads_nothing"),
    "F.5 21327": row("expired", f"{API}::test_a_token_ends_by_time_by_revocation_and_with_the_consent"),
    "F.5 21332": row("unknown or revoked", f"{API}::test_a_call_without_a_good_token"),
    # -- §9–§11, §7
    "9 Weibo email": row("an array when scoped, else 403; the object by policy", f"{API}::test_email_is_an_array_with_the_scope", f"{API}::test_email_is_an_object_where_the_policy_says_so"),
    "10 000 §1 scope items": row("Weibo's user chooses", f"{WIRE}::test_the_user_logs_in_and_chooses_the_scopes"),
    "11.3 Weibo's values are URL-safe": row("alphanumerics and a dot", f"{WIRE}::test_the_token_answer_has_the_platforms_fields_order_and_types"),
    "11.9 response_type missing": row("means code", f"{WIRE}::test_parameters_of_authorize_that_may_be_there_or_not"),
    "11.9 redirect_uri unencoded": row("taken", f"{WIRE}::test_a_redirect_uri_may_stand_unencoded"),
    "11.9 junk access_token=None": row("ignored", f"{WIRE}::test_the_calls_of_social_core"),
    "11.9 JSON body": row("to the alias", f"{WIRE}::test_the_calls_of_overtrue"),
    "11.9 get_token_info by POST with a query": row("answers", f"{WIRE}::test_the_calls_of_overtrue"),
    "11.9 revokeoauth2": row("a string, and really revokes", f"{WIRE}::test_revoking_gives_the_consent_back_with_every_token"),
    "11.9 expires_in": row("a number", f"{WIRE}::test_the_token_answer_has_the_platforms_fields_order_and_types"),
    "11.10 Bearer header beside the query at Weibo": row("the query wins", f"{API}::test_the_query_wins_over_a_header"),
    "11.11 redirect_uri's own query at Weibo": row("kept", f"{WIRE}::test_the_redirect_uri_keeps_its_own_query_and_fragment"),
    "11.11 Weibo never redirects elsewhere": row("a page", f"{WIRE}::test_a_doubtful_client_or_target_gets_a_page_and_never_a_redirect"),
    "7 overtrue, JustAuth, social-core, allauth at Weibo": row("their calls", f"{WIRE}::test_the_calls_of_overtrue", f"{WIRE}::test_the_calls_of_justauth", f"{WIRE}::test_the_calls_of_social_core", f"{WIRE}::test_the_calls_of_allauth"),
}  # fmt: skip

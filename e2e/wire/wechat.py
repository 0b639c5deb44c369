"""WeChat: sections 0.3, 0.4, A to D, 9, 10 and 11 (as far as they are WeChat's), and issue 3's bad days."""

from __future__ import annotations

from .rows import Row, row

WIRE = "provider/tests/test_wechat_wire.py"
ROWS_A = "provider/tests/test_wechat_rows.py"
ACCOUNT = "provider/tests/test_official_account.py"
QR = "provider/tests/test_qr_wire.py"
MINI = "provider/tests/test_mini_program.py"
TUTORIAL = "provider/tests/test_tutorial.py"
SANDBOX = "provider/tests/test_sandbox.py"
PAGES = "provider/tests/test_interaction.py"
BAD = "resource_api/tests/test_bad_input.py"
VERIFIER = "resource_api/tests/test_verifier.py"
GATEWAY = "core/tests/test_gateway.py"
INTERCEPT = "core/tests/test_intercept.py"
SEALED = "core/tests/test_encrypted_data.py"
BROWSER = "e2e/test_qr.py"
SCRIPT = "e2e/test_wxlogin.py"
SERVERS = "e2e/test_mission_provider.py"

PAGE = f"{ROWS_A}::test_each_error_page_has_its_number_and_its_exact_words"
ORDER = f"{WIRE}::test_token_errors_in_the_platforms_order"
REFRESH = f"{WIRE}::test_refresh_errors"
PROFILE = f"{WIRE}::test_profile_errors"
TAKEN = f"{QR}::test_optional_and_unknown_parameters_are_taken"
WRONG = f"{QR}::test_a_wrong_request_gets_the_platforms_page_and_no_redirect"
STATE = f"{QR}::test_each_state_has_its_number"
REDEEM = f"{MINI}::test_refusals_in_the_platforms_order_spend_nothing"
SESSION = f"{MINI}::test_session_calls_are_refused"
FAULT = f"{MINI}::test_faults_of_the_servers_calls"
CGI = f"{MINI}::test_token_calls_are_refused_in_the_platforms_order"
HELD = f"{MINI}::test_an_account_that_may_not_have_a_token"
DOMAIN = f"{ROWS_A}::test_the_host_alone_decides_and_strictly_without_a_port"

NOWHERE = (
    "没有人知道的令牌不属于任何应用，也就没有哪个应用的策略能选 40014；一律答 40001。",
    "A token that nobody knows belongs to no app, so no app's policy can choose 40014: it is 40001.",
)
READERS = (
    "不带 lang 时，页面用读者自己的语言（浏览器或「English/中文」开关），和镇上别的页面一样；lang=cn 一定是中文。",
    "Without lang the page is in the reader's own language (browser or switch), as all pages here; lang=cn is Chinese.",
)
LOOKS = (
    "平台的页面自己重新载入；这里显示「二维码已失效」和刷新按钮，与手机上的微信一致，测试也能看清这一步。",
    "The platform's page reloads itself; ours says so and has a button, so that a person and a test can see the step.",
)
RATES = (
    "频率上限（每分钟一万、五万次）不按真实数量计数，用故障 quota 触发。",
    "Rate limits are not counted; the fault «quota» answers as they do.",
)

FACTS = {
    "0.3 fact 1": row("text/plain without charset, UTF-8, not escaped", f"{WIRE}::test_social_core_repairs_the_nickname", f"{WIRE}::test_userinfo_answer_has_the_platforms_bytes"),
    "0.3 fact 2": row("errors are HTTP 200", ORDER, REFRESH, PROFILE),
    "0.3 fact 3": row("no errcode in a success", f"{WIRE}::test_token_answer_has_the_platforms_bytes", f"{ROWS_A}::test_a_profile_never_says_errcode"),
    "0.3 fact 4": row("GET, form, and a mix with Basic", f"{WIRE}::test_token_call_comes_as_get_form_or_both[get-False]", f"{WIRE}::test_token_call_comes_as_get_form_or_both[form-False]", f"{WIRE}::test_token_call_comes_as_get_form_or_both[mixed-False]", f"{WIRE}::test_token_call_comes_as_get_form_or_both[mixed-True]"),
    "0.3 fact 5": row("JSON types", f"{ROWS_A}::test_types_are_the_platforms", f"{MINI}::test_the_phone_answer_has_the_platforms_bytes"),
    "0.3 fact 10": row("authorize errors are pages, a refusal no access_denied", f"{WIRE}::test_authorize_errors_are_pages_with_the_platforms_number", f"{ROWS_A}::test_no_word_of_oauth_is_ever_said[access_denied]"),
    "0.4 hosts": row("each host's paths reach the service that has them", f"{GATEWAY}::test_the_real_host_names_reach_the_same", f"{GATEWAY}::test_one_base_url_reaches_both_halves", f"{INTERCEPT}::test_every_host_is_vouched_for"),
    "0.4 no option": row("hard-coded hosts by TLS and a proxy", f"{INTERCEPT}::test_an_oauth_client_goes_the_whole_way_by_the_real_names", f"{INTERCEPT}::test_node_does_so_by_its_shim"),
    "0.4 lp and long": row("both hosts poll", f"{QR}::test_the_platforms_hosts_answer_the_poll"),
    "0.4 res.wx.qq.com": row("wxLogin.js", f"{QR}::test_our_own_wxlogin_script_is_served_on_the_platforms_path"),
    "0.4 avatars": row("thirdwx.qlogo.cn and wx.qlogo.cn", f"{ROWS_A}::test_an_avatar_has_the_platforms_shape_and_is_served"),
    "0.4 base URL": row("one base URL for SDKs that have the option", f"{WIRE}::test_redeemed_through_the_gateway_with_the_platforms_host"),
    "0.4 43003": row("plain HTTP is not refused", f"{WIRE}::test_token_answer_has_the_platforms_bytes"),
    "0.4 api.q.qq.com": row("QQ's mini program, same path", why=("规格允许不做：路径与微信的小程序相同。", "The specification lets it be left out: its path is that of WeChat's mini program.")),
    "0.4 CORS": row("no CORS", why=("规格的推断，没有来源；服务之间的请求不需要 CORS。", "An inference without a source; calls between servers need none.")),
}  # fmt: skip

AUTHORIZE = {
    "A.1 appid": row("looks the client up; empty 10012", f"{PAGE}[10012-appid不能为空-fields11-changes11]", f"{ROWS_A}::test_an_unknown_appid_has_a_page_without_a_number"),
    "A.1 redirect_uri": row("host equals the domain; raw is taken", DOMAIN, f"{ROWS_A}::test_a_raw_redirect_uri_and_parameters_in_any_order_are_taken"),
    "A.1 response_type": row("missing is code, another is refused", f"{ROWS_A}::test_another_response_type_is_refused_and_a_missing_one_is_code"),
    "A.1 scope": row("two of its own, with commas; snsapi_login 10005", f"{WIRE}::test_extra_and_disordered_parameters_are_ignored", f"{ROWS_A}::test_two_scopes_are_told_with_a_comma", PAGE),
    "A.1 state": row("echoed to the byte", f"{WIRE}::test_state_comes_back_unchanged", f"{SERVERS}::test_a_state_comes_back_character_by_character"),
    "A.1 state beyond 128 bytes": row("echoed, refused by the strict", f"{ROWS_A}::test_a_state_beyond_128_bytes_is_refused_by_the_strict_alone"),
    "A.1 #wechat_redirect": row("a fragment never reaches a server", "e2e/test_nine_steps.py::test_nine_steps_by_clicking"),
    "A.1 connect_redirect": row("ignored", f"{WIRE}::test_extra_and_disordered_parameters_are_ignored"),
    "A.1 forcePopup": row("asks again; no effect in the silent case", f"{ROWS_A}::test_force_popup_asks_again_and_false_does_not", f"{ROWS_A}::test_force_popup_asks_no_follower_from_the_menu"),
    "A.1 forceSnapShot": row("a virtual user, also under forcePopup", f"{ACCOUNT}::test_a_snapshot_page_gives_a_virtual_user_without_asking_anybody", f"{ROWS_A}::test_a_forced_snapshot_is_one_under_force_popup_too"),
    "A.1 component_appid": row("appid echoed behind state", f"{ACCOUNT}::test_a_third_party_platform_gets_the_appid_back"),
    "A.1 extras": row("ignored", f"{WIRE}::test_extra_and_disordered_parameters_are_ignored"),
    "A.1 order": row("of parameters does not matter", f"{ROWS_A}::test_a_raw_redirect_uri_and_parameters_in_any_order_are_taken"),
    "A.1.1 not in WeChat": row("a page, by policy", f"{ACCOUNT}::test_where_only_wechat_may_open_it_another_browser_is_told_so"),
    "A.1.1 snsapi_base": row("silent 302", f"{WIRE}::test_base_scope_is_silent_and_opens_no_profile", f"{PAGES}::test_silent_scope_asks_nothing_of_who_is_logged_in"),
    "A.1.1 snsapi_userinfo": row("consent in the platform's words", f"{ROWS_A}::test_a_userinfo_scope_asks_in_the_platforms_words"),
    "A.1.1 silent case": row("a follower from the menu", f"{ROWS_A}::test_a_follower_from_the_accounts_menu_is_not_asked", f"{ROWS_A}::test_who_comes_from_the_menu_and_does_not_follow_is_asked"),
    "A.1.1 approved": row("code and state in the query, before the fragment", f"{WIRE}::test_own_query_and_fragment_of_the_redirect_uri_are_kept"),
    "A.1.1 refused": row("authdeny, or as the policy says", f"{WIRE}::test_refusal_is_authdeny", f"{ROWS_A}::test_what_a_refusal_looks_like_is_a_policy"),
    "A.1.1 errors": row("HTTP 200, HTML, no redirect", f"{WIRE}::test_authorize_errors_are_pages_with_the_platforms_number"),
    "A.1.2 10003": row("redirect_uri域名与后台配置不一致", f"{PAGE}[10003-redirect_uri域名与后台配置不一致-fields0-changes0]", DOMAIN),
    "A.1.2 10004": row("此公众号被封禁", f"{PAGE}[10004-此公众号被封禁-fields1-changes1]"),
    "A.1.2 10005": row("此公众号并没有这些scope的权限", f"{PAGE}[10005-此公众号并没有这些scope的权限-fields2-changes2]", f"{PAGE}[10005-此公众号并没有这些scope的权限-fields4-changes4]"),
    "A.1.2 10006": row("必须关注此测试号", f"{PAGE}[10006-必须关注此测试号-fields5-changes5]", f"{ACCOUNT}::test_only_followers_may_authorize_a_test_account"),
    "A.1.2 10009": row("操作太频繁了，请稍后重试", f"{ROWS_A}::test_too_often_is_10009"),
    "A.1.2 10010": row("scope不能为空", f"{PAGE}[10010-scope不能为空-fields6-changes6]"),
    "A.1.2 10011": row("redirect_uri不能为空", f"{PAGE}[10011-redirect_uri不能为空-fields8-changes8]"),
    "A.1.2 10012": row("appid不能为空", f"{PAGE}[10012-appid不能为空-fields10-changes10]"),
    "A.1.2 10013": row("never", f"{ROWS_A}::test_a_missing_state_is_never_10013"),
    "A.1.2 10015": row("公众号未授权第三方平台，请检查授权状态", f"{ACCOUNT}::test_a_third_party_platform_without_authorization_is_10015"),
    "A.1.2 10016": row("不支持微信开放平台的Appid，请使用公众号Appid", f"{PAGE}[10016-不支持微信开放平台的Appid，请使用公众号Appid-fields13-changes13]"),
    "A.1.2 10038": row("seen once beside 10003", why=("只有一次见闻，不知道由什么引起。", "Seen once, and nobody knows what causes it.")),
    "A.1.2 unknown appid": row("AppID 参数错误, without a number", f"{ROWS_A}::test_an_unknown_appid_has_a_page_without_a_number"),
    "A.1.2 domain rule": row("exact host, relaxed and strict", DOMAIN),
    "A.1.2 two domains": row("up to two per account", why=("只有社区说法；一个应用写一个 callback_domain，或多个 redirect_uris。", "Hearsay; an app has one callback_domain, or several redirect_uris.")),
    "A.1.3 format": row("0, two digits, 29 alphanumerics", f"{WIRE}::test_code_has_the_platforms_shape"),
    "A.1.3 lifetime": row("5 minutes, 10 for website and mobile", f"{WIRE}::test_code_lives_five_minutes_on_the_worlds_clock", f"{ROWS_A}::test_kinds_differ_in_scope_and_in_the_life_of_a_code"),
    "A.1.3 uses": row("one success; a failure spends nothing", f"{WIRE}::test_code_works_once", f"{WIRE}::test_failed_exchange_does_not_spend_the_code"),
    "A.1.3 binding": row("to its app: 40029", f"{WIRE}::test_code_is_bound_to_its_app"),
    "A.1.3 redirect_uri": row("not checked at the exchange", f"{ROWS_A}::test_what_the_token_endpoint_does_not_know_is_ignored[redirect_uri]"),
}  # fmt: skip

TOKENS = {
    "A.2 methods": row("GET, form, both", f"{WIRE}::test_token_call_comes_as_get_form_or_both"),
    "A.2 conflict": row("the form wins; Accept is ignored", f"{ROWS_A}::test_of_two_values_the_forms_is_taken"),
    "A.2 others": row("ignored", f"{ROWS_A}::test_what_the_token_endpoint_does_not_know_is_ignored"),
    "A.2 body": row("fields, order, bytes, text/plain", f"{WIRE}::test_token_answer_has_the_platforms_bytes"),
    "A.2 scope": row("comma-separated", f"{ROWS_A}::test_two_scopes_are_told_with_a_comma"),
    "A.2 is_snapshotuser": row("1, or absent", f"{ACCOUNT}::test_a_snapshot_page_gives_a_virtual_user_without_asking_anybody", f"{ACCOUNT}::test_virtual_users_are_nobody_to_choose_and_everybody_else_has_no_such_member"),
    "A.2 unionid": row("beyond base, with an Open Platform account", f"{WIRE}::test_base_scope_is_silent_and_opens_no_profile", f"{ROWS_A}::test_a_token_answer_carries_what_clients_need"),
    "A.2 escaped slash": row("/ as \\/", f"{WIRE}::test_userinfo_answer_has_the_platforms_bytes", f"{MINI}::test_a_slash_in_a_session_key_is_escaped"),
    "A.2 appid missing": row("41002 first", f"{ORDER}[changes0-41002-appid missing]", f"{ORDER}[changes1-41002-appid missing]"),
    "A.2 secret missing": row("41004", f"{ORDER}[changes2-41004-appsecret missing]"),
    "A.2 code missing": row("41008", f"{ORDER}[changes3-41008-missing code]"),
    "A.2 grant_type": row("40002", f"{ORDER}[changes4-40002-invalid grant_type]", f"{ORDER}[changes5-40002-invalid grant_type]"),
    "A.2 unknown appid": row("40013", f"{ORDER}[changes6-40013-invalid appid]"),
    "A.2 wrong secret": row("40125", f"{ORDER}[changes7-40125-invalid appsecret]"),
    "A.2 used": row("40163", f"{WIRE}::test_code_works_once"),
    "A.2 unknown, foreign, expired": row("40029", f"{ORDER}[changes8-40029-invalid code]", f"{WIRE}::test_code_is_bound_to_its_app", f"{WIRE}::test_code_lives_five_minutes_on_the_worlds_clock"),
    "A.2 expired, alternative": row("42003 by policy", f"{ROWS_A}::test_a_late_code_may_be_42003"),
    "A.2 busy": row("-1", f"{ROWS_A}::test_a_busy_platform[busy--1-system error]"),
    "A.2 quota": row("45011", f"{ROWS_A}::test_a_busy_platform"),
    "A.3 parameters": row("no secret; GET and POST", f"{WIRE}::test_refresh_gives_the_same_access_token_while_it_lives", f"{TUTORIAL}::test_access_token_lives_two_hours_and_refresh_token_thirty_days"),
    "A.3 body": row("five fields, no unionid", f"{WIRE}::test_refresh_gives_the_same_access_token_while_it_lives"),
    "A.3 thirty days": row("not renewed by refreshing", f"{WIRE}::test_refresh_token_lives_thirty_days_and_is_not_renewed"),
    "A.3 still valid": row("the same token, 7200 s again", f"{WIRE}::test_refresh_gives_the_same_access_token_while_it_lives"),
    "A.3 after expiry": row("another token", f"{WIRE}::test_refresh_after_expiry_gives_another_access_token"),
    "A.3 rotation": row("the same refresh token; by policy another", f"{WIRE}::test_refresh_gives_the_same_access_token_while_it_lives", f"{TUTORIAL}::test_rotation_can_be_switched_on"),
    "A.3 withdrawal": row("both die; 42007 by policy", f"{ROWS_A}::test_who_takes_back_the_consent_ends_both_tokens"),
    "A.3 appid missing": row("41002", f"{REFRESH}[changes0-41002]"),
    "A.3 refresh_token missing": row("41003", f"{REFRESH}[changes1-41003]"),
    "A.3 grant_type": row("40002", f"{REFRESH}[changes2-40002]"),
    "A.3 unknown appid": row("40013", f"{REFRESH}[changes3-40013]"),
    "A.3 unknown or foreign": row("40030", f"{REFRESH}[changes4-40030]", f"{ROWS_A}::test_another_apps_refresh_token_is_40030_and_keeps_working"),
    "A.3 expired": row("40030, 42002 by policy", f"{WIRE}::test_refresh_token_lives_thirty_days_and_is_not_renewed", f"{ROWS_A}::test_an_old_refresh_token_may_be_42002"),
    "A.4 access_token": row("in the query; Bearer ignored", f"{ROWS_A}::test_the_query_wins_over_a_bearer_header", f"{TUTORIAL}::test_bearer_header_alone_is_41001_on_the_platform"),
    "A.4 lang": row("nothing today; place names before 2021", f"{ROWS_A}::test_todays_profile_has_no_sex_no_region_and_no_language", f"{ROWS_A}::test_the_older_profile_has_them_in_the_language_that_was_asked_for"),
    "A.4 bytes": row("fields, order, bytes", f"{WIRE}::test_userinfo_answer_has_the_platforms_bytes"),
    "A.4 nickname": row("UTF-8, with emoji", f"{QR}::test_under_consent_auto_the_page_is_born_confirmed"),
    "A.4 sex and region now": row("0 and empty", f"{ROWS_A}::test_todays_profile_has_no_sex_no_region_and_no_language"),
    "A.4 sex and region before": row("by profile_era", f"{ROWS_A}::test_the_older_profile_has_them_in_the_language_that_was_asked_for"),
    "A.4 headimgurl": row("shape, sizes, empty", f"{ROWS_A}::test_an_avatar_has_the_platforms_shape_and_is_served", f"{ROWS_A}::test_who_has_no_avatar_has_an_empty_address"),
    "A.4 headimgurl changes": row("dies when the avatar changes", why=("头像按用户现画，地址不随之失效；这样离线的页面不会缺图。", "Avatars are drawn for the user as asked, so that no page loses its picture offline.")),
    "A.4 headimgurl before": row("http://wx.qlogo.cn/mmopen/…/0", why=("规格 §10 选定了今天的形状，教程也一样；两台主机、各个尺寸都能打开。", "§10 settles on today's shape, also for the tutorial; both hosts and all sizes are served.")),
    "A.4 privilege": row("a list", f"{ROWS_A}::test_types_are_the_platforms", f"{ROWS_A}::test_todays_profile_has_no_sex_no_region_and_no_language"),
    "A.4 unionid": row("with an Open Platform account", f"{WIRE}::test_openid_differs_by_app_and_unionid_joins", f"{ROWS_A}::test_a_token_answer_carries_what_clients_need"),
    "A.4 deleted account": row("用户已经注销", f"{ROWS_A}::test_a_deleted_account_has_the_platforms_name_for_it"),
    "A.4 no access_token": row("41001", f"{PROFILE}[/sns/userinfo-change0-41001]"),
    "A.4 no openid": row("41009", f"{PROFILE}[/sns/userinfo-change1-41009]"),
    "A.4 unknown token": row("40001", f"{PROFILE}[/sns/userinfo-change2-40001]"),
    "A.4 malformed token": row("40014, alternative", why=NOWHERE),
    "A.4 expired": row("42001; 40001 or 40014 by policy", f"{ROWS_A}::test_a_token_that_came_too_late_has_the_number_of_the_policy"),
    "A.4 foreign openid": row("40003", f"{PROFILE}[/sns/userinfo-change3-40003]"),
    "A.4 snsapi_base": row("48001", f"{WIRE}::test_base_scope_is_silent_and_opens_no_profile"),
    "A.4 revoked by the user": row("50001, user unauthorized", f"{ROWS_A}::test_a_user_who_is_revoked_is_told_as_user_unauthorized", f"{VERIFIER}::test_a_withdrawn_consent_is_told_apart"),
    "A.4 snapshot user": row("virtual data", f"{ACCOUNT}::test_a_snapshot_page_gives_a_virtual_user_without_asking_anybody"),
    "A.5 success": row("errcode 0, ok", f"{WIRE}::test_auth_is_the_one_success_with_an_errcode"),
    "A.5 errors": row("as A.4", f"{PROFILE}[/sns/auth-change3-40003]"),
    "A.5 base scope": row("no 48001", f"{WIRE}::test_base_scope_is_silent_and_opens_no_profile"),
    "A.6 sns rid": row("comma, three groups, the first is unix time", f"{ROWS_A}::test_a_rid_starts_with_the_hour_in_hexadecimal"),
    "A.6 cgi rid": row("no comma", f"{ROWS_A}::test_a_rid_starts_with_the_hour_in_hexadecimal", CGI),
    "A.6 phone code": row("hint and rid", f"{MINI}::test_a_phone_code_works_once_and_for_five_minutes"),
    "A.6 before 2020": row("hints, hint, none, by policy", f"{ROWS_A}::test_each_age_has_its_suffix"),
    "A.6 long 40001": row("cgi-bin's", SESSION),
    "A.6 old 40125": row("cgi-bin's until 2020", f"{ROWS_A}::test_each_age_has_its_suffix"),
    "A.7 silent": row("a virtual user, nobody is asked", f"{ACCOUNT}::test_a_snapshot_page_gives_a_virtual_user_without_asking_anybody"),
    "A.7 user flag": row("snapshot", f"{ACCOUNT}::test_a_persona_of_snapshot_pages_is_never_met_in_person"),
    "A.7 the bar": row("使用完整服务", why=("那是微信画在开发者自己页面上的条，不在授权地址上。", "WeChat draws that bar over the developer's own page; no address of ours shows it.")),
}  # fmt: skip

WEBSITE = {
    "B.1 appid": row("looks the client up", WRONG),
    "B.1 redirect_uri": row("host equals the domain", WRONG),
    "B.1 response_type": row("may be missing", TAKEN),
    "B.1 scope": row("snsapi_login alone", WRONG),
    "B.1 state": row("echoed, may be missing", TAKEN, f"{QR}::test_the_page_appends_to_the_text_of_the_redirect_uri"),
    "B.1 lang": row("cn, en", f"{QR}::test_lang_chooses_the_words[en-Scan with WeChat]", f"{QR}::test_lang_chooses_the_words"),
    "B.1 lang default": row("cn", why=READERS),
    "B.1 login_type": row("jssdk can be framed", f"{QR}::test_only_a_page_that_was_asked_for_by_the_script_can_be_framed"),
    "B.1 self_redirect": row("true, false, default", f"{QR}::test_the_page_knows_which_window_goes_on"),
    "B.1 styletype, sizetype, bgcolor, rst": row("taken, no effect", TAKEN),
    "B.1 style": row("white", f"{QR}::test_the_page_takes_its_looks_from_the_query"),
    "B.1 href": row("a site's CSS; not under stylelite", f"{QR}::test_a_sites_stylesheet_is_loaded_unless_it_is_far_away", f"{BROWSER}::test_wxlogin_passes_the_looks_on"),
    "B.1 stylelite": row("the new layout", f"{QR}::test_the_page_takes_its_looks_from_the_query"),
    "B.1 fast_login": row("taken: there is no quick login", TAKEN),
    "B.1 color_scheme": row("light, dark, auto", f"{QR}::test_the_page_takes_its_looks_from_the_query"),
    "B.1 f": row("xml", f"{QR}::test_f_xml_answers_the_uuid_in_xml"),
    "B.1 page": row("markup that scrapers look for", f"{QR}::test_the_page_shows_a_code_in_the_markup_that_programs_look_for"),
    "B.1 unknown appid": row("AppID 参数错误", WRONG, f"{QR}::test_a_disabled_app_has_no_qr_page"),
    "B.1 wrong type or scope": row("Scope 参数错误或没有 Scope 权限", WRONG, f"{QR}::test_an_official_account_has_no_qr_page"),
    "B.1 host mismatch": row("redirect_uri 参数错误", WRONG),
    "B.1 approved": row("text concatenation, behind a #/route too", f"{QR}::test_the_page_appends_to_the_text_of_the_redirect_uri", f"{BROWSER}::test_behind_a_route_in_the_fragment_the_code_stands_in_the_fragment"),
    "B.1 refused": row("no redirect; state-only by policy", f"{QR}::test_a_refusal_stays_on_the_page_unless_a_policy_says_otherwise", f"{BROWSER}::test_a_refusal_is_told_and_the_code_can_be_scanned_again"),
    "B.1 domain modes": row("domain, full URL, both", DOMAIN, f"{TUTORIAL}::test_a_redirect_uri_that_is_not_exact_is_never_followed"),
    "B.1 five changes a month": row("of the domain", why=("改域名是开发者反复试的事，这里不限次数。", "Whoever tries things out changes it often: no limit here.")),
    "B.2 image": row("a JPEG of /connect/confirm?uuid=", f"{QR}::test_the_picture_is_a_jpeg_of_the_address_to_confirm_at"),
    "B.2 idle": row("40 bytes, text/javascript", f"{QR}::test_idle_answer_has_the_platforms_forty_bytes"),
    "B.2 408": row("held, then 408", f"{STATE}[actions0--408]", f"{STATE}[actions1-408-408]", f"{QR}::test_a_poll_is_held_as_long_as_the_policy_says"),
    "B.2 404": row("at once; held with last=404", f"{STATE}[actions3--404]", f"{STATE}[actions4-404-408]"),
    "B.2 405": row("with the code; stays", f"{QR}::test_confirmed_answer_has_the_platforms_bytes", STATE),
    "B.2 403": row("at once; held with last=403; may rescan", STATE, f"{QR}::test_after_a_refusal_anybody_may_scan_again"),
    "B.2 402": row("expired", f"{QR}::test_a_code_expires_by_the_worlds_clock", f"{QR}::test_a_uuid_that_nobody_knows_has_expired"),
    "B.2 500": row("server error", f"{ROWS_A}::test_a_code_that_cannot_be_read_any_more_is_500"),
    "B.2 page at 402": row("reloads", f"{BROWSER}::test_a_code_that_expired_is_refreshed", why=LOOKS),
    "B.2 held": row("news comes at once", f"{QR}::test_a_held_poll_hears_what_the_phone_does"),
    "B.2 uuid": row("16 alphanumerics", f"{QR}::test_the_page_shows_a_code_in_the_markup_that_programs_look_for"),
    "B.2 lifetime": row("300 s, by policy", f"{QR}::test_a_code_expires_by_the_worlds_clock", f"{QR}::test_the_life_of_a_code_is_a_policy"),
    "B.2 where a frame goes": row("itself or the top window", f"{BROWSER}::test_wxlogin_shows_the_code_in_a_frame_and_the_right_window_goes_on"),
    "B.2 same origin with *.qq.com": row("default stays in the frame there", why=("离线的镇里没有 qq.com 的页面。", "No page of an offline town has its origin at qq.com.")),
    "B.3 interface": row("window.WxLogin on the platform's path", f"{QR}::test_our_own_wxlogin_script_is_served_on_the_platforms_path"),
    "B.3 query": row("each option in its place, not encoded", f"{SCRIPT}::test_each_option_has_its_place_in_the_frames_address"),
    "B.3 frame": row("300 × 400, replaces the container", f"{SCRIPT}::test_the_frame_replaces_what_was_there", f"{BROWSER}::test_wxlogin_shows_the_code_in_a_frame_and_the_right_window_goes_on"),
    "B.3 onReady, onQRcodeReady": row("called", f"{BROWSER}::test_wxlogin_shows_the_code_in_a_frame_and_the_right_window_goes_on"),
    "B.3 quick login": row("never, and no probe", f"{SCRIPT}::test_nothing_but_the_frame_is_asked_for"),
    "B.4 scope": row("snsapi_login, snsapi_userinfo", f"{QR}::test_a_websites_token_answer_names_snsapi_login_and_a_unionid", f"{ROWS_A}::test_kinds_differ_in_scope_and_in_the_life_of_a_code[mobile-snsapi_userinfo-600]"),
    "B.4 profile": row("open to snsapi_login", f"{ROWS_A}::test_kinds_differ_in_scope_and_in_the_life_of_a_code[website-snsapi_login-600]"),
    "B.4 ten minutes": row("of the code", f"{QR}::test_a_websites_code_lives_ten_minutes"),
    "B.4 rate limits": row("10 k and 50 k a minute", why=RATES),
    "B.4 unionid": row("the same, with other openids", f"{QR}::test_apps_of_one_account_share_the_unionid_and_not_the_openid"),
    "B.5 SendAuth.Resp": row("errCode, code, state, lang, country", "provider/tests/test_phone_bridge.py::test_the_sheet_says_what_is_asked_and_a_yes_launches_the_app_with_a_code"),
    "B.5 mint": row("by the control API", f"{ROWS_A}::test_kinds_differ_in_scope_and_in_the_life_of_a_code[mobile-snsapi_userinfo-600]"),
}  # fmt: skip

PROGRAM = {
    "C.1 body": row("order, bytes, no errcode, text/plain", f"{MINI}::test_the_session_answer_has_the_platforms_bytes"),
    "C.1 unionid": row("with an Open Platform account", f"{MINI}::test_the_session_answer_has_the_platforms_bytes[]"),
    "C.1 missing": row("41002, 41004, 41008", f"{REDEEM}[changes0-41002-appid missing]", f"{REDEEM}[changes1-41004-appsecret missing]", f"{REDEEM}[changes2-41008-missing code]"),
    "C.1 grant_type": row("40002", f"{REDEEM}[changes4-40002-invalid grant_type]"),
    "C.1 appid and secret": row("40013, 40125", f"{REDEEM}[changes6-40013-invalid appid]", f"{REDEEM}[changes7-40125-invalid appsecret]"),
    "C.1 used": row("40163", f"{MINI}::test_a_js_code_works_once"),
    "C.1 invalid, expired, foreign": row("40029", f"{REDEEM}[changes9-40029-invalid code]", f"{MINI}::test_a_js_code_lives_for_five_minutes", f"{MINI}::test_another_apps_js_code_is_no_code_and_is_not_spent"),
    "C.1 rate": row("45011", f"{MINI}::test_faults_of_the_exchange"),
    "C.1 risk": row("40226", f"{MINI}::test_a_risky_user_is_blocked_and_keeps_the_code"),
    "C.1 busy": row("-1", f"{MINI}::test_faults_of_the_exchange[busy--1-system error]"),
    "C.1 js_code": row("shape, five minutes, one use", f"{MINI}::test_a_js_code_has_the_platforms_shape_and_no_page_was_needed", f"{MINI}::test_a_js_code_lives_for_five_minutes"),
    "C.2 one key": row("a login kills the old one", f"{MINI}::test_each_login_makes_a_new_session_key_and_the_old_one_stops_working"),
    "C.2 stable": row("by policy", f"{MINI}::test_a_stable_session_key_stays"),
    "C.2 lifetime": row("from the last act", f"{MINI}::test_a_session_lives_from_the_users_last_act"),
    "C.2 never to the client": row("it is in no page and no trace", f"{MINI}::test_the_exchange_is_traced_and_its_secrets_are_masked"),
    "C.3 access_token": row("a cgi token, not an sns one", f"{MINI}::test_a_session_call_needs_a_token_of_cgi_bin"),
    "C.3 openid": row("query or body", f"{MINI}::test_the_signature_may_be_upper_case_and_the_openid_in_a_body"),
    "C.3 signature": row("hex in either case, of the key's text", f"{MINI}::test_the_signature_may_be_upper_case_and_the_openid_in_a_body"),
    "C.3 ok": row("errcode 0, JSON type", f"{MINI}::test_each_login_makes_a_new_session_key_and_the_old_one_stops_working"),
    "C.3 87009": row("invalid signature", SESSION),
    "C.3 87008": row("invalid sig_method", SESSION),
    "C.3 40003": row("invalid openid", SESSION),
    "C.3 45011": row("quota", f"{FAULT}[session-quota-45011]"),
    "C.3 reset": row("a new key with the old expiry", f"{MINI}::test_a_reset_gives_a_new_key_that_ends_when_the_old_one_would_have"),
    "C.4 cipher": row("AES-128-CBC, PKCS#7", f"{SEALED}::test_we_encrypt_the_platforms_sample_to_the_same_bytes"),
    "C.4 vector": row("the official sample", f"{SEALED}::test_the_platforms_sample_decrypts_in_its_field_order"),
    "C.4 signature": row("sha1 of rawData and the key's text", f"{MINI}::test_a_profile_is_signed_encrypted_and_the_same_for_everybody"),
    "C.4 fields": row("camelCase, order, watermark", f"{MINI}::test_a_profile_is_signed_encrypted_and_the_same_for_everybody", f"{MINI}::test_the_watermark_is_on_the_worlds_clock"),
    "C.4 fixed values": row("微信用户 and the grey avatar", f"{MINI}::test_the_fixed_avatar_is_the_platforms_and_loads_offline"),
    "C.4 before 2021": row("the user's own", f"{MINI}::test_before_2021_a_profile_was_the_users_own"),
    "C.5 body": row("bytes, countryCode a string", f"{MINI}::test_the_phone_answer_has_the_platforms_bytes"),
    "C.5 code": row("64 hex, five minutes, one use", f"{MINI}::test_a_phone_code_works_once_and_for_five_minutes", f"{MINI}::test_a_js_code_is_no_phone_code"),
    "C.5 foreign numbers": row("carry their country code", f"{MINI}::test_a_foreign_number_carries_its_country_code"),
    "C.5 errors": row("40029 with hint, 40013, 40001, 41001", f"{MINI}::test_refused_phone_calls_spend_nothing", f"{MINI}::test_no_phone_code"),
    "C.5 42001, 45011, -1": row("injected or expired", f"{FAULT}[phone-token_expired-42001]", f"{FAULT}[phone-quota-45011]", f"{FAULT}[phone-busy--1]"),
    "C.5 legacy": row("the same four members, encrypted", f"{MINI}::test_the_old_way_encrypts_the_same_four_members"),
    "C.6 body": row("bytes and content type", f"{MINI}::test_the_token_answer_has_the_platforms_bytes"),
    "C.6 stable POST": row("JSON only, else 43002", f"{MINI}::test_a_stable_token_is_posted_as_json"),
    "C.6 token again": row("new; the old one five minutes", f"{MINI}::test_a_token_call_makes_a_new_token_and_leaves_the_old_one_five_minutes"),
    "C.6 stable again": row("the same until five minutes before its end", f"{MINI}::test_a_stable_token_is_the_same_until_five_minutes_before_its_end"),
    "C.6 force_refresh": row("kills the old", f"{MINI}::test_force_refresh_kills_the_old_token_at_once"),
    "C.6 force_refresh limits": row("20 a day, 30 s apart", f"{MINI}::test_force_refresh_is_for_rare_days"),
    "C.6 isolation": row("two spaces", f"{MINI}::test_the_two_spaces_are_apart"),
    "C.6 40013": row("before a missing grant_type", f"{CGI}[cgi-changes1-40013-invalid appid]"),
    "C.6 40002": row("grant_type", f"{CGI}[cgi-changes2-40002-invalid grant_type]"),
    "C.6 40125": row("secret", f"{CGI}[cgi-changes5-40125-invalid appsecret rid: ]"),
    "C.6 41002, 41004": row("missing", f"{CGI}[cgi-changes0-41002-appid missing]", f"{CGI}[cgi-changes4-41004-appsecret missing]"),
    "C.6 40164": row("ip whitelist, exact words", HELD),
    "C.6 40243, 89503, 50004, 50007": row("numbers", f"{HELD}[40243-]", f"{HELD}[89503-]", f"{HELD}[50004-]", f"{HELD}[50007-]"),
    "C.6 45009, 45011": row("quota", f"{FAULT}[cgi_token-quota-45009]", HELD),
}  # fmt: skip

CONSOLE = {
    "D login": row("/debug/cgi-bin/sandbox?t=sandbox/login", f"{SANDBOX}::test_after_the_login_appid_and_appsecret_are_shown"),
    "D 测试号信息": row("appID and appsecret in clear", f"{SANDBOX}::test_after_the_login_appid_and_appsecret_are_shown"),
    "D words": row("the blocks in the platform's words", f"{ROWS_A}::test_the_console_has_the_platforms_blocks_in_its_words"),
    "D 接口配置信息": row("URL and Token", why=("规格标为可选：消息接口不在本项目范围。", "Optional in the specification: messages are no part of a login.")),
    "D JS接口安全域名": row("one domain", why=("规格标为可选：JS-SDK 不在本项目范围。", "Optional in the specification: the JS-SDK is no part of a login.")),
    "D 测试号二维码": row("follow by it; the list", f"{SANDBOX}::test_the_qr_code_leads_to_following_and_only_followers_may_authorize"),
    "D up to 100 followers": row("a limit", why=("一个镇只有几个人，不会到 100。", "A town has a handful of people.")),
    "D 模板消息接口": row("template ids", why=("规格标为不做。", "Out of scope in the specification.")),
    "D 修改": row("bare domain, no http://, no path", f"{SANDBOX}::test_what_is_no_bare_domain_is_refused_with_a_hint_and_changes_nothing", f"{SANDBOX}::test_a_bare_domain_is_kept_as_it_is_compared"),
    "D one account each": row("per person", f"{SANDBOX}::test_everybody_has_one_account_of_their_own_that_stays"),
    "D followers only": row("10006", f"{SANDBOX}::test_a_removed_follower_may_not_authorize_any_more"),
    "D scopes": row("not snsapi_login", f"{SANDBOX}::test_snsapi_login_is_not_for_a_test_account"),
    "D.1 appid and appsecret": row("wx and 16 hex, 32 hex", f"{SANDBOX}::test_after_the_login_appid_and_appsecret_are_shown"),
    "D.1 openid, unionid, tokens": row("shapes", f"{WIRE}::test_token_answer_has_the_platforms_bytes", f"{MINI}::test_the_token_answer_has_the_platforms_bytes"),
    "D.1 codes and keys": row("shapes", f"{WIRE}::test_code_has_the_platforms_shape", f"{MINI}::test_the_phone_answer_has_the_platforms_bytes", f"{MINI}::test_the_session_answer_has_the_platforms_bytes"),
    "D.1 derivation": row("openid by app, unionid by account", f"{WIRE}::test_openid_differs_by_app_and_unionid_joins", f"{MINI}::test_openids_differ_by_app_and_unionids_do_not"),
}  # fmt: skip

CHOICES = {
    "9 expired code": row("40029", f"{WIRE}::test_code_lives_five_minutes_on_the_worlds_clock"),
    "9 wrong secret": row("40125", f"{ORDER}[changes7-40125-invalid appsecret]"),
    "9 token expiry": row("42001", f"{WIRE}::test_refresh_after_expiry_gives_another_access_token"),
    "9 refusal, official account": row("authdeny", f"{WIRE}::test_refusal_is_authdeny"),
    "9 refusal, website": row("no redirect, 403", f"{QR}::test_a_refusal_stays_on_the_page_unless_a_policy_says_otherwise"),
    "9 code life": row("by kind", f"{ROWS_A}::test_kinds_differ_in_scope_and_in_the_life_of_a_code"),
    "9 countryCode": row("a string", f"{MINI}::test_the_phone_answer_has_the_platforms_bytes"),
    "9 jscode2session errcode": row("absent", f"{MINI}::test_the_session_answer_has_the_platforms_bytes"),
    "9 openid mismatch": row("40003", f"{PROFILE}[/sns/userinfo-change3-40003]"),
    "9 appid": row("hex", f"{SANDBOX}::test_after_the_login_appid_and_appsecret_are_shown"),
    "9 lang": row("en for website and mobile, zh_CN for official accounts", f"{ROWS_A}::test_the_older_profile_has_them_in_the_language_that_was_asked_for"),
    "10 bearer": row("lenient under tutorial, else 41001", f"{TUTORIAL}::test_bearer_header_alone_works_as_the_seed_writes_it", f"{TUTORIAL}::test_bearer_header_alone_is_41001_on_the_platform"),
    "10 POST": row("at both endpoints", f"{TUTORIAL}::test_profile_is_the_seeds_example", f"{TUTORIAL}::test_access_token_lives_two_hours_and_refresh_token_thirty_days"),
    "10 client_id, client_secret": row("aliases, noted", f"{TUTORIAL}::test_client_id_and_client_secret_are_accepted_and_noted"),
    "10 ten minutes": row("under tutorial", f"{TUTORIAL}::test_code_lives_ten_minutes"),
    "10 exact redirect_uri": row("under tutorial", f"{TUTORIAL}::test_a_redirect_uri_that_is_not_exact_is_never_followed"),
    "10 password": row("under tutorial, else a picker", f"{PAGES}::test_password_login_then_consent_then_the_code", f"{QR}::test_a_wrong_password_on_the_phone_scans_nothing"),
    "10 the seed's profile": row("legacy era under tutorial", f"{TUTORIAL}::test_profile_is_the_seeds_example"),
    "10 scope items": row("地区 under tutorial", f"{PAGES}::test_unticked_region_is_missing_from_the_profile"),
    "10 OAuth's words": row("under tutorial alone", f"{TUTORIAL}::test_authorize_errors_travel_where_the_redirect_uri_is_good", f"{ROWS_A}::test_no_word_of_oauth_is_ever_said"),
    "10 40001 for a secret": row("under tutorial", f"{TUTORIAL}::test_token_errors_are_the_seeds"),
    "10 42002": row("under tutorial", f"{TUTORIAL}::test_access_token_lives_two_hours_and_refresh_token_thirty_days"),
    "10 revocation by hand": row("a token can be revoked", f"{WIRE}::test_refresh_of_a_revoked_access_token_gives_another_one"),
    "10 001 and 002": row("generic endpoints", "provider/tests/test_standard_wire.py::test_resource_needs_the_profile_scope"),
    "10 snsapi_login at oauth2/authorize": row("10005; the QR page under tutorial", f"{QR}::test_snsapi_login_on_the_official_accounts_address_is_10005", f"{QR}::test_the_tutorial_leads_snsapi_login_to_the_qr_page_from_there_too"),
    "10 session_key": row("a new one each login", f"{MINI}::test_each_login_makes_a_new_session_key_and_the_old_one_stops_working"),
    "10 phone number": row("both ways", f"{MINI}::test_the_old_way_encrypts_the_same_four_members"),
}  # fmt: skip

CLIENTS = {
    "11.1 token calls": row("four ways and extras", f"{WIRE}::test_token_call_comes_as_get_form_or_both", f"{ROWS_A}::test_what_the_token_endpoint_does_not_know_is_ignored", f"{MINI}::test_a_form_works_and_what_is_not_known_is_ignored"),
    "11.2 GET with a JSON type": row("not parsed", f"{WIRE}::test_auth_is_the_one_success_with_an_errcode"),
    "11.2 authorize": row("empty state, a URL as state, raw redirect_uri", f"{WIRE}::test_state_comes_back_unchanged", f"{ROWS_A}::test_a_raw_redirect_uri_and_parameters_in_any_order_are_taken"),
    "11.3 URL-safe": row("tokens, codes, openids", f"{ROWS_A}::test_a_token_answer_carries_what_clients_need"),
    "11.4 fields": row("of token and refresh answers", f"{ROWS_A}::test_a_token_answer_carries_what_clients_need"),
    "11.5 js_code at access_token": row("41008", f"{ROWS_A}::test_a_js_code_in_the_place_of_a_code_is_41008"),
    "11.6 earlier consent": row("opens the profile to a base token", f"{WIRE}::test_base_token_reads_the_profile_of_who_granted_it_before"),
    "11.7 content type": row("exactly text/plain", f"{WIRE}::test_token_answer_has_the_platforms_bytes"),
    "11.10 header and query": row("the query wins", f"{ROWS_A}::test_the_query_wins_over_a_bearer_header", f"{BAD}::test_wechat_ignores_any_authorization_header_beside_the_query"),
    "11.11 own query": row("kept", f"{WIRE}::test_own_query_and_fragment_of_the_redirect_uri_are_kept"),
    "11.11 never elsewhere": row("no redirect outside the registered", DOMAIN),
}  # fmt: skip

BAD_DAYS = {
    "3.3 unknown or expired uuid": row("402", f"{QR}::test_a_uuid_that_nobody_knows_has_expired", f"{QR}::test_a_phone_that_comes_too_late_is_told_so"),
    "3.3 someone else's js_code": row("40029, not spent", f"{MINI}::test_another_apps_js_code_is_no_code_and_is_not_spent"),
    "3.3 replayed scan": row("changes nothing", f"{QR}::test_scanning_again_by_the_same_user_changes_nothing"),
    "3.3 another user confirms": row("refused, nothing lost", f"{QR}::test_another_user_than_the_one_who_scanned_is_refused_and_nothing_is_lost"),
    "3.3 tampered signature": row("87009", SESSION),
    "3.3 tampered iv, wrong padding": row("one error for all", f"{SEALED}::test_what_does_not_fit_is_refused_in_one_way", f"{SEALED}::test_wrong_padding_is_refused"),
    "3.3 a poll outlives its browser": row("its thread is free within a second", f"{QR}::test_a_poll_whose_browser_has_gone_frees_its_thread_within_a_second[provider]", f"{QR}::test_a_poll_whose_browser_has_gone_frees_its_thread_within_a_second[gateway]"),
    "3.3 200 polls": row("others in < 50 ms, one listener per worker", f"{QR}::test_two_hundred_polls_leave_the_provider_to_others"),
    "3.3 callback domain": row("scheme, path, port, case, IDN, dot", f"{SANDBOX}::test_what_is_no_bare_domain_is_refused_with_a_hint_and_changes_nothing", f"{SANDBOX}::test_a_bare_domain_is_kept_as_it_is_compared", f"{ROWS_A}::test_a_name_is_the_same_in_capitals_and_in_chinese", DOMAIN),
}  # fmt: skip

ROWS: dict[str, Row] = {}
for _section in (FACTS, AUTHORIZE, TOKENS, WEBSITE, PROGRAM, CONSOLE, CHOICES, CLIENTS, BAD_DAYS):
    ROWS |= _section

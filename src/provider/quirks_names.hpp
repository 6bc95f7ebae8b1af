// The words that config/quirks.json uses for enumerators. Private to the provider layer.
#pragma once

#include <array>
#include <string_view>

#include "freellm/provider/quirks.hpp"

namespace freellm::provider {

template <class E>
struct Named {
  std::string_view name;
  E value;
};

inline constexpr std::array kConditions{
    Named<RuleCondition::Flag>{"tools", RuleCondition::Flag::tools},
    Named<RuleCondition::Flag>{"no_tools", RuleCondition::Flag::no_tools},
    Named<RuleCondition::Flag>{"streaming", RuleCondition::Flag::streaming},
    Named<RuleCondition::Flag>{"not_streaming", RuleCondition::Flag::not_streaming},
    Named<RuleCondition::Flag>{"json", RuleCondition::Flag::json},
    Named<RuleCondition::Flag>{"json_schema", RuleCondition::Flag::json_schema},
    Named<RuleCondition::Flag>{"tool_choice_none", RuleCondition::Flag::tool_choice_none},
    Named<RuleCondition::Flag>{"anonymous", RuleCondition::Flag::anonymous},
};

inline constexpr std::array kAuthSchemes{
    Named<AuthScheme>{"bearer", AuthScheme::bearer},
    Named<AuthScheme>{"header", AuthScheme::header},
    Named<AuthScheme>{"none", AuthScheme::none},
};

inline constexpr std::array kVerdicts{
    Named<ProbeVerdict>{"valid", ProbeVerdict::valid},
    Named<ProbeVerdict>{"invalid", ProbeVerdict::invalid},
    Named<ProbeVerdict>{"inconclusive", ProbeVerdict::inconclusive},
};

inline constexpr std::array kErrorBodies{
    Named<ErrorBody>{"empty", ErrorBody::empty},
    Named<ErrorBody>{"json", ErrorBody::json},
    Named<ErrorBody>{"html", ErrorBody::html},
    Named<ErrorBody>{"text", ErrorBody::text},
};

inline constexpr std::array kFailures{
    Named<chat::FailureClass>{"bad_key", chat::FailureClass::bad_key},
    Named<chat::FailureClass>{"not_on_tier", chat::FailureClass::not_on_tier},
    Named<chat::FailureClass>{"content_policy", chat::FailureClass::content_policy},
    Named<chat::FailureClass>{"blocked_host", chat::FailureClass::blocked_host},
    Named<chat::FailureClass>{"out_of_credit", chat::FailureClass::out_of_credit},
    Named<chat::FailureClass>{"daily_quota", chat::FailureClass::daily_quota},
    Named<chat::FailureClass>{"monthly_quota", chat::FailureClass::monthly_quota},
    Named<chat::FailureClass>{"no_quota", chat::FailureClass::no_quota},
    Named<chat::FailureClass>{"rate_limited", chat::FailureClass::rate_limited},
    Named<chat::FailureClass>{"provider_busy", chat::FailureClass::provider_busy},
    Named<chat::FailureClass>{"too_large", chat::FailureClass::too_large},
    Named<chat::FailureClass>{"model_missing", chat::FailureClass::model_missing},
    Named<chat::FailureClass>{"account_setting", chat::FailureClass::account_setting},
    Named<chat::FailureClass>{"model_slip", chat::FailureClass::model_slip},
    Named<chat::FailureClass>{"provider_sick", chat::FailureClass::provider_sick},
    Named<chat::FailureClass>{"bad_request", chat::FailureClass::bad_request},
    Named<chat::FailureClass>{"provider_error", chat::FailureClass::provider_error},
    Named<chat::FailureClass>{"dead_turn", chat::FailureClass::dead_turn},
};

inline constexpr std::array kScopes{
    Named<chat::Scope>{"request", chat::Scope::request},
    Named<chat::Scope>{"model_key", chat::Scope::model_key},
    Named<chat::Scope>{"model", chat::Scope::model},
    Named<chat::Scope>{"key", chat::Scope::key},
    Named<chat::Scope>{"platform", chat::Scope::platform},
};

inline constexpr std::array kMetrics{
    Named<chat::LimitMetric>{"requests", chat::LimitMetric::requests},
    Named<chat::LimitMetric>{"tokens", chat::LimitMetric::tokens},
    Named<chat::LimitMetric>{"concurrency", chat::LimitMetric::concurrency},
    Named<chat::LimitMetric>{"neurons", chat::LimitMetric::neurons},
};

inline constexpr std::array kWindows{
    Named<chat::LimitWindow>{"second", chat::LimitWindow::second},
    Named<chat::LimitWindow>{"minute", chat::LimitWindow::minute},
    Named<chat::LimitWindow>{"hour", chat::LimitWindow::hour},
    Named<chat::LimitWindow>{"day", chat::LimitWindow::day},
    Named<chat::LimitWindow>{"month", chat::LimitWindow::month},
};

using HygieneFlag = bool chat::HygieneOptions::*;
inline constexpr std::array kHygiene{
    Named<HygieneFlag>{"developer_to_system", &chat::HygieneOptions::developer_to_system},
    Named<HygieneFlag>{"flatten_text_parts", &chat::HygieneOptions::flatten_text_parts},
    Named<HygieneFlag>{"null_content_to_empty", &chat::HygieneOptions::null_content_to_empty},
    Named<HygieneFlag>{"strip_foreign_members", &chat::HygieneOptions::strip_foreign_members},
    Named<HygieneFlag>{"drop_names", &chat::HygieneOptions::drop_names},
    Named<HygieneFlag>{"merge_system_to_front", &chat::HygieneOptions::merge_system_to_front},
    Named<HygieneFlag>{"assistant_after_tool", &chat::HygieneOptions::assistant_after_tool},
    Named<HygieneFlag>{"nine_character_tool_ids", &chat::HygieneOptions::nine_character_tool_ids},
    Named<HygieneFlag>{"name_tool_results", &chat::HygieneOptions::name_tool_results},
};

}  // namespace freellm::provider

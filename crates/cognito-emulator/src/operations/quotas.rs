//! The quotas of request rates: their categories, and the check of each request.
//!
//! A quota applies to all requests of an account in a region ("Quotas in Amazon Cognito", developer
//! guide). The emulator counts the requests of each second by its clock. AWS's algorithm is unknown.

use cognito_core::operations::{Operation, QuotaCategory};

use crate::model::failure::Failure;
use crate::state::call::Call;
use crate::state::quotas::Owner;

/// A category of operations with one quota.
#[derive(Clone, Copy)]
pub(crate) struct Category {
    /// AWS's name of the quota category, such as `UserFederation`.
    pub(crate) name: &'static str,
    /// AWS's default quota of the category, in requests per second.
    pub(crate) default_rate: u64,
    /// `true` if customers can raise the quota of the category ("Adjustable", developer guide).
    pub(crate) is_adjustable: bool,
}

const fn category(name: &'static str, default_rate: u64) -> Category {
    Category {
        name,
        default_rate,
        is_adjustable: false,
    }
}

const FEDERATION: Category = Category {
    is_adjustable: true,
    ..category("UserFederation", 25)
};
const LIMITS: Category = category("LimitManagement", 1);
const CLIENT_READ: Category = category("UserPoolClientRead", 15);
const CLIENT_UPDATE: Category = category("UserPoolClientUpdate", 15);
const POOL_READ: Category = category("UserPoolRead", 15);
const POOL_UPDATE: Category = category("UserPoolUpdate", 15);

/// The quota categories that [`QuotaCategory`] of `cognito-core` does not contain.
const OTHERS: [Category; 6] = [
    FEDERATION,
    LIMITS,
    CLIENT_READ,
    CLIENT_UPDATE,
    POOL_READ,
    POOL_UPDATE,
];

/// The categories of `cognito-core` whose quota customers can raise.
const ADJUSTABLE: [QuotaCategory; 5] = [
    QuotaCategory::UserAuthentication,
    QuotaCategory::UserCreation,
    QuotaCategory::UserRead,
    QuotaCategory::UserResourceRead,
    QuotaCategory::UserToken,
];

/// The ratio of AWS's quota for responses to challenges to the quota of `UserAuthentication`.
const RESPONSES: u64 = 3;

/// Returns the quota category with this name. Returns `None` if AWS has no such category.
pub(crate) fn named(name: &str) -> Option<Category> {
    let known = QuotaCategory::ALL.iter().copied();
    let known = known.filter(|known| *known != QuotaCategory::UserAuthenticationResponse);
    let mut all = known.map(of_core).chain(OTHERS);
    all.find(|category| category.name == name)
}

fn of_core(known: QuotaCategory) -> Category {
    Category {
        is_adjustable: ADJUSTABLE.contains(&known),
        ..category(known.name(), u64::from(known.default_rate()))
    }
}

/// Returns the category of an operation. Returns `None` if the category is unknown. The operation
/// then has no quota. The emulator also does not enforce AWS's quotas of single pools.
fn of_operation(operation: &str) -> Option<Category> {
    let category = match operation {
        "CreateUserPool" | "DeleteUserPool" | "UpdateUserPool" => POOL_UPDATE,
        "DescribeUserPool" | "ListUserPools" => POOL_READ,
        "AddCustomAttributes"
        | "CreateIdentityProvider"
        | "CreateResourceServer"
        | "CreateUserPoolDomain"
        | "SetUserPoolMfaConfig" => of_core(QuotaCategory::UserPoolResourceUpdate),
        "CreateUserPoolClient" | "DeleteUserPoolClient" | "UpdateUserPoolClient" => CLIENT_UPDATE,
        "DescribeUserPoolClient" | "ListUserPoolClients" => CLIENT_READ,
        "GetProvisionedLimit" | "UpdateProvisionedLimit" => LIMITS,
        name => {
            let mut all = Operation::ALL.iter();
            of_core(all.find(|known| known.name() == name)?.category()?)
        }
    };
    Some(category)
}

/// Returns the key under which the requests and the quota of a category are stored: the account,
/// the region and the category. If the call has a pool, the account and the region of this pool are
/// used.
///
/// Security: an unsigned call without a pool counts for the emulator's own region, not for the
/// region in the call. Otherwise the sender could invent any number of regions, and the counters of
/// these regions would fill the memory.
pub(crate) fn owner(call: &Call<'_>, category: &'static str) -> Owner {
    let settings = &call.service.settings;
    let (account, region) = if call.pools.get(&settings.pool_id).is_ok() {
        (settings.account.as_str(), settings.region.as_str())
    } else {
        let region = call.region.filter(|_| call.is_signed);
        (call.account, region.unwrap_or(&settings.region))
    };
    (account.to_owned(), region.to_owned(), category.into())
}

/// Fails with `TooManyRequestsException` if the emulator enforces quotas, and the account has used
/// up the quota of the operation for this second. Calls from the emulator's window (its web
/// interface) do not count.
///
/// Security: registrations of clients at `/oauth2/register` do not count, because they need no
/// credentials. Otherwise, anyone could use up the quota of operators who change app clients.
pub(crate) fn check(call: &Call<'_>, operation: &str) -> Result<(), Failure> {
    let is_registration = call.is_hosted && operation == "CreateUserPoolClient";
    let has_quota = call.has_quotas && !is_registration;
    if !has_quota || !call.pools.enforces_quotas {
        return Ok(());
    }
    let Some(category) = of_operation(operation) else {
        return Ok(());
    };
    let responses = QuotaCategory::UserAuthenticationResponse;
    // The quota of responses follows the provisioned quota of `UserAuthentication`.
    let (base, times) = if category.name == responses.name() {
        (of_core(QuotaCategory::UserAuthentication), RESPONSES)
    } else {
        (category, 1)
    };
    let (provisioned, counted) = (owner(call, base.name), owner(call, category.name));
    let mut quotas = call.pools.quotas.lock();
    let provisioned = quotas.provisioned(&provisioned);
    let rate = provisioned
        .unwrap_or(base.default_rate)
        .saturating_mul(times);
    if quotas.admit(counted, rate, call.now) {
        Ok(())
    } else {
        Err(Failure::new("TooManyRequestsException", "Rate exceeded"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_have_three_times_the_quota() {
        let responses = of_core(QuotaCategory::UserAuthenticationResponse);
        let base = of_core(QuotaCategory::UserAuthentication);
        assert_eq!(responses.default_rate, RESPONSES * base.default_rate);
    }

    #[test]
    fn operations_of_pools_have_categories() {
        for (operation, name) in [
            ("UpdateUserPool", Some("UserPoolUpdate")),
            ("ListUserPoolClients", Some("UserPoolClientRead")),
            ("InitiateAuth", Some("UserAuthentication")),
            ("CreateGroup", Some("UserPoolResourceUpdate")),
            ("CreateIdentityProvider", Some("UserPoolResourceUpdate")),
            ("VerifyToken", None),
            ("CreateTerms", Some("UserPoolResourceUpdate")),
            ("CreateUserPoolReplica", None),
        ] {
            let found = of_operation(operation).map(|category| category.name);
            assert_eq!(found, name, "{operation}");
        }
    }
}

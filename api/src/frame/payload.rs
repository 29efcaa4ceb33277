//! Payloads of mutations.

/// Declares a payload `{ <result> userErrors }` and how an outcome becomes one.
///
/// ```ignore
/// payload! {
///     /// What `contractActivate` answers.
///     ContractActivatePayload(RightsUserError) {
///         /// The contract, now active; null when it was refused.
///         contract: Contract,
///     }
/// }
/// let outcome = frame::run(gql, |ctx, core| async move { … }).await;
/// ContractActivatePayload::of(outcome)            // domain value is turned `Into<Contract>`
/// ```
///
/// Payloads with more fields (an operation, `isReplay`) are written by hand around `XUserError::split`.
#[macro_export]
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident($error:ty) { $(#[$fdoc:meta])* $field:ident: $ty:ty $(,)? }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $(#[$fdoc])*
            pub $field: Option<$ty>,
            /// What was refused; empty when it was done.
            pub user_errors: Vec<$error>,
        }

        impl $name {
            /// The payload of an outcome.
            ///
            /// # Errors
            /// Failures that are no user errors.
            pub fn of<T: Into<$ty>>(outcome: ::kernel::failure::Outcome<T>) -> async_graphql::Result<Self> {
                let ($field, user_errors) = <$error>::split(outcome)?;
                Ok(Self { $field: $field.map(Into::into), user_errors })
            }
        }
    };
}

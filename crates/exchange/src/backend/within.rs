//! A service that this program answers itself: what people of the agency keep at the node, offered to other agencies as any other service is.
//! Who answers comes when the node is open; until then there is no answer, as of a service that is away.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use model::fault::{Fault, Words};
use model::grant::Fields;
use model::id::{ServiceId, SystemId};
use serde_json::Value;

use crate::backend::minimise;
use crate::backend::{Answer, AnswerBody};

/// Answers calls that were decided on.
#[async_trait]
pub trait Answers: Send + Sync {
    /// Answers one: a status, and JSON, of which whoever asks gets the granted fields.
    ///
    /// # Errors
    /// What kept it from answering.
    async fn answer(&self, called: Called<'_>) -> Result<(u16, Value), Fault>;
}

/// A call.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// Who asks.
    pub client: &'a SystemId,
    /// The method.
    pub method: &'a Method,
    /// The path behind the service.
    pub path: &'a str,
    /// Received whole.
    pub body: &'a Bytes,
}

/// Who answers for a service, once they are there.
#[derive(Default)]
pub struct Within(OnceLock<Arc<dyn Answers>>);

impl Within {
    /// From here on `by` answers; the first to come stays.
    pub(crate) fn set(&self, by: Arc<dyn Answers>) {
        let _ = self.0.set(by);
    }

    /// Asks, and cuts the answer to the granted fields.
    ///
    /// # Errors
    /// [`Fault::ServiceFailed`], [`Fault::NotCuttable`], and what kept it from answering.
    pub(crate) async fn answer(
        &self,
        service: &ServiceId,
        called: Called<'_>,
        fields: &Fields,
    ) -> Result<Answer, Fault> {
        let away = || Fault::ServiceFailed { service: service.clone(), why: crate::texts::not_ready_yet() };
        let (status, value) = self.0.get().ok_or_else(away)?.answer(called).await?;
        let mut answer = Answer::json(status, &value);
        if let Fields::Only(granted) = fields {
            let cut = minimise::cut(&value.to_string(), granted, status >= 400);
            let not_cuttable = |why: Words| Fault::NotCuttable { service: service.clone(), status, why };
            answer.body = AnswerBody::Whole(cut.map_err(|uncut| not_cuttable(uncut.words()))?.into());
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    struct Talkative(u16);

    #[async_trait]
    impl Answers for Talkative {
        async fn answer(&self, _: Called<'_>) -> Result<(u16, Value), Fault> {
            Ok((self.0, json!({ "title": "x", "result": "a", "key": "k", "secret": { "result": "b" } })))
        }
    }

    /// It answers when somebody is there, and nothing passes that was not granted, whatever it says.
    #[tokio::test]
    async fn what_this_program_answers_is_cut_to_what_was_granted() {
        let service: ServiceId = "VN/LOC/H05/mot-cua/ket-qua".parse().unwrap();
        let client: SystemId = "VN/LOC/H06/mot-cua".parse().unwrap();
        let ask = async |within: &Within, fields: &Fields| {
            let called =
                Called { client: &client, method: &Method::POST, path: "/find", body: &Bytes::new() };
            let answer = within.answer(&service, called, fields).await?;
            let AnswerBody::Whole(body) = answer.body else { panic!("it is all there") };
            Ok::<_, Fault>((answer.status, serde_json::from_slice::<Value>(&body).unwrap()))
        };
        let granted = Fields::Only(BTreeSet::from(["result".to_owned()]));
        let within = Within::default();
        assert!(matches!(ask(&within, &granted).await, Err(Fault::ServiceFailed { .. })));
        within.set(Arc::new(Talkative(200)));
        within.set(Arc::new(Talkative(500)));
        assert_eq!(ask(&within, &granted).await.unwrap(), (200, json!({ "result": "a" })));
        let (_, all) = ask(&within, &Fields::All).await.unwrap();
        assert!(all["secret"].is_object(), "{all}");
        let refused = Within::default();
        refused.set(Arc::new(Talkative(404)));
        assert_eq!(
            ask(&refused, &granted).await.unwrap(),
            (404, json!({ "result": "a", "title": "x" })),
            "of a refusal its title passes as well"
        );
    }
}
